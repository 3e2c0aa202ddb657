import { EventSource } from 'eventsource'
import type { LiveEvent, Tuning, TuningEvent } from './client.ts'

export interface Follower {
  onEvent(event: TuningEvent): void
  onLive(live: LiveEvent): void
  /** The last event of a finished tuning has been told. */
  onEnd(): void
  /** The connection is lost; it is made again, and nothing is missed. */
  onLost?(): void
  onBack?(): void
}

/** Follows a tuning's events from the first one on, over lost connections; returns a function that ends it. */
export function followTuning(baseUrl: string, tuningId: string, follower: Follower, after = 0): () => void {
  const source = new EventSource(
    `${baseUrl}/api/v1/tunings/${encodeURIComponent(tuningId)}/events?after=${after}`,
  )
  source.addEventListener('message', ({ data }) => follower.onEvent(fromStream<TuningEvent>(data)))
  source.addEventListener('live', ({ data }) => follower.onLive(fromStream<LiveEvent>(data)))
  source.addEventListener('end', () => {
    source.close()
    follower.onEnd()
  })
  source.addEventListener('error', () => follower.onLost?.())
  source.addEventListener('open', () => follower.onBack?.())
  return () => source.close()
}

/** Follows changes of the list of tunings; returns a function that ends it. */
export function followTunings(
  baseUrl: string,
  follower: { onTuning(tuning: Tuning): void; onDeleted(id: string): void; onLost(): void; onBack(): void },
): () => void {
  const source = new EventSource(`${baseUrl}/api/v1/events`)
  source.addEventListener('tuning', ({ data }) => follower.onTuning(fromStream<Tuning>(data)))
  source.addEventListener('deleted', ({ data }) => follower.onDeleted(fromStream<{ id: string }>(data).id))
  source.addEventListener('error', () => follower.onLost())
  source.addEventListener('open', () => follower.onBack())
  return () => source.close()
}

/** What the streams carry is typed by the OpenAPI document, as the answers of the client are. */
function fromStream<Data>(data: unknown): Data {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
  return JSON.parse(String(data)) as Data
}
