import { createMemo, Index } from 'solid-js'
import { trafficStrips, type Bar } from '../state/traffic-picture.ts'
import { useRequest } from './request-context.tsx'

/** How the requests of the draft come and how long they are, as the load generator will draw them. */
export default function TrafficPicture() {
  const request = useRequest()
  const workload = createMemo(() => request.read('/workload'))
  const strips = createMemo(() => trafficStrips(workload()))

  return (
    <Index each={strips()}>
      {(strip) => (
        <figure class="strip">
          <figcaption>
            <b>{strip().title}</b> {strip().sentence}
          </figcaption>
          <svg viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
            <path d={strip().bars.map(outline).join('')} />
          </svg>
          <div class="strip-ends" aria-hidden="true">
            <span>{strip().ends[0]}</span>
            <span>{strip().ends[1]}</span>
          </div>
        </figure>
      )}
    </Index>
  )
}

function outline({ from, to, height }: Bar): string {
  const digits = (value: number) => value.toFixed(4)
  return `M${digits(from)} 1V${digits(1 - height)}H${digits(to)}V1z`
}
