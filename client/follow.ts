import { EventSource } from 'eventsource'
import { fetchAuthorized, type LiveEvent, type Tuning, type TuningEvent } from './client.ts'

export interface Follower {
  onEvent(event: TuningEvent): void
  onLive(live: LiveEvent): void
  /** The last event of a finished tuning has been told. */
  onEnd(): void
  /** The connection is lost; it is made again, and nothing is missed. */
  onLost?(): void
  onBack?(): void
  /** Whose session or token has ended is told nothing more, until they call what is given here. */
  onSignedOut?(tryAgain: () => void): void
}

/** Follows a tuning's events from the first one on, over lost connections; returns a function that ends it. */
export function followTuning(baseUrl: string, tuningId: string, follower: Follower, after = 0): () => void {
  let last = after
  const stop = stayConnected(
    () => `${baseUrl}/api/v1/tunings/${encodeURIComponent(tuningId)}/events?after=${last}`,
    {
      message(data) {
        const event = fromStream<TuningEvent>(data)
        last = event.seq
        follower.onEvent(event)
      },
      live: (data) => follower.onLive(fromStream<LiveEvent>(data)),
      end() {
        stop()
        follower.onEnd()
      },
    },
    {
      onLost: () => follower.onLost?.(),
      onBack: () => follower.onBack?.(),
      onSignedOut: (tryAgain) => follower.onSignedOut?.(tryAgain),
    },
  )
  return stop
}

/** Follows changes of the list of tunings, of the fleet and of schedules; returns a function that ends it. */
export function followTunings(
  baseUrl: string,
  follower: {
    onTuning(tuning: Tuning): void
    onDeleted(id: string): void
    /** Hosts, who holds their devices or who waits are others than before; or schedules are. */
    onNews?(news: 'fleet' | 'schedules'): void
    onLost: () => void
    onBack: () => void
    onSignedOut?: (tryAgain: () => void) => void
  },
): () => void {
  return stayConnected(
    () => `${baseUrl}/api/v1/events`,
    {
      tuning: (data) => follower.onTuning(fromStream<Tuning>(data)),
      deleted: (data) => follower.onDeleted(fromStream<{ id: string }>(data).id),
      fleet: () => follower.onNews?.('fleet'),
      schedules: () => follower.onNews?.('schedules'),
    },
    follower,
  )
}

/** How long after an answer that ends an EventSource for good, such as a proxy's 502, it is tried again. */
const REOPEN_AFTER_MS = 2000

/** The server beats every 15 seconds: who misses more than two is no longer heard. */
const PATIENCE_MS = 35_000

/** Keeps a stream open until the returned function is called; a refusal of ours (4xx) is final. */
function stayConnected(
  url: () => string,
  listeners: Record<string, (data: unknown) => void>,
  told: { onLost: () => void; onBack: () => void; onSignedOut?: (tryAgain: () => void) => void },
): () => void {
  let source: EventSource
  let timer: ReturnType<typeof setTimeout> | undefined
  let isOver = false
  const waitFor = (ms: number, act: () => void) => {
    clearTimeout(timer)
    timer = setTimeout(act, ms)
  }
  // A server that hangs closes nothing.
  const heard = () =>
    waitFor(PATIENCE_MS, () => {
      source.close()
      told.onLost()
      open()
    })
  const open = () => {
    if (isOver) return
    heard()
    source = new EventSource(url(), { fetch: fetchAuthorized })
    for (const [type, listener] of Object.entries(listeners)) {
      source.addEventListener(type, ({ data }) => {
        heard()
        listener(data)
      })
    }
    source.addEventListener('beat', heard)
    source.addEventListener('open', () => {
      heard()
      told.onBack()
    })
    source.addEventListener('error', ({ code = 0 }) => {
      const isClosed = source.readyState === EventSource.CLOSED
      if (isClosed) clearTimeout(timer)
      if (code === 401) return told.onSignedOut?.(open)
      told.onLost()
      const isRefused = code >= 400 && code < 500
      if (isClosed && !isRefused) waitFor(REOPEN_AFTER_MS, open)
    })
  }
  open()
  return () => {
    isOver = true
    clearTimeout(timer)
    source.close()
  }
}

/** What the streams carry is typed by the OpenAPI document, as the answers of the client are. */
function fromStream<Data>(data: unknown): Data {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
  return JSON.parse(String(data)) as Data
}
