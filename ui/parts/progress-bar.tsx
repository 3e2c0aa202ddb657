import { percent } from '../../domain/figures.ts'

/** A bar of a share from 0 to 1; failures are a part of their own. */
export function ProgressBar(props: { share: number; failedShare?: number; label: string }) {
  const failed = () => Math.min(props.share, props.failedShare ?? 0)
  return (
    <div
      class="bar"
      role="progressbar"
      aria-label={props.label}
      aria-valuenow={Math.round(props.share * 100)}
      aria-valuemin={0}
      aria-valuemax={100}
      title={`${props.label}: ${percent(props.share)}`}
    >
      <div class="bar-done" style={{ width: `${(props.share - failed()) * 100}%` }} />
      <div class="bar-failed" style={{ width: `${failed() * 100}%` }} />
    </div>
  )
}
