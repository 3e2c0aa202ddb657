import type { LiveFigures } from '../../client/client.ts'
import { count, figure } from '../../domain/figures.ts'
import { ProgressBar } from './progress-bar.tsx'

/** Figures of a running measurement; the line keeps its place while there are none. */
export function LiveFiguresLine(props: { figures: LiveFigures | null }) {
  const share = () => (props.figures === null ? 0 : props.figures.elapsedMs / props.figures.totalMs)
  return (
    <div class="live-line">
      <dl class="live">
        <div>
          <dt>output tokens/s</dt>
          <dd>{figure(props.figures?.outputTokensPerSecond)}</dd>
        </div>
        <div>
          <dt>TTFT p50</dt>
          <dd>{props.figures?.ttftP50Ms == null ? '–' : `${figure(props.figures.ttftP50Ms)} ms`}</dd>
        </div>
        <div>
          <dt>in flight</dt>
          <dd>{count(props.figures?.inFlight)}</dd>
        </div>
        <div>
          <dt>done</dt>
          <dd>{count(props.figures?.completed)}</dd>
        </div>
        <div>
          <dt>failed</dt>
          <dd classList={{ bad: (props.figures?.failed ?? 0) > 0 }}>{count(props.figures?.failed)}</dd>
        </div>
      </dl>
      <ProgressBar share={share()} label="Measurement" />
    </div>
  )
}
