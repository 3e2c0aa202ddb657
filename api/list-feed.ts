import { setTimeout } from 'node:timers/promises'
import { findShownTuning } from '../database/tuning-list.ts'
import type { News } from '../domain/event.ts'
import { isWithin, type Reach } from '../domain/project.ts'
import type { ApiContext } from './context.ts'
import { streamMessage, type EventStream } from './event-stream.ts'
import { singleFlight } from './single-flight.ts'
import { tuningView } from './views.ts'

/** How long changes of a tuning are gathered before they are told. */
const GATHER_MS = 30

/** Tells of changes of the list, the fleet and schedules: each changed tuning is read once for all streams that may see it. */
export class ListFeed {
  readonly #streams = new Map<EventStream, Reach>()
  readonly #context: Pick<ApiContext, 'db' | 'hub' | 'link'>
  #changed = new Set<string>()
  #news = new Set<News>()
  #unsubscribe: (() => void) | null = null

  constructor(context: Pick<ApiContext, 'db' | 'hub' | 'link'>) {
    this.#context = context
  }

  follow(stream: EventStream, reach: Reach): void {
    this.#streams.set(stream, reach)
    const wake = singleFlight(() => this.#tell())
    this.#unsubscribe ??= this.#context.hub.subscribe(null, {
      onEvents: (tuningId) => {
        this.#changed.add(tuningId)
        wake()
      },
      onLive: () => undefined,
      onNews: (news) => {
        this.#news.add(news)
        wake()
      },
      // Who follows the list reads it when its stream is back.
      onMissed: () => {
        for (const open of this.#streams.keys()) open.drop()
      },
    })
    stream.onClose(() => {
      this.#streams.delete(stream)
      if (this.#streams.size > 0) return
      this.#unsubscribe?.()
      this.#unsubscribe = null
    })
  }

  async #tell(): Promise<void> {
    await setTimeout(GATHER_MS)
    const { db, link } = this.#context
    const ids = this.#changed
    this.#changed = new Set()
    const allNews = this.#news
    this.#news = new Set()
    for (const news of allNews) {
      const message = streamMessage({ event: news, data: {} })
      for (const stream of this.#streams.keys()) stream.send(message)
    }
    for (const id of ids) {
      const tuning = await findShownTuning(db, id).catch(() => undefined)
      if (tuning === undefined) continue
      const message = streamMessage(
        tuning === null
          ? { event: 'deleted', data: { id } }
          : { event: 'tuning', data: tuningView(tuning, link) },
      )
      for (const [stream, reach] of this.#streams)
        if (tuning === null || isWithin(reach, tuning.project)) stream.send(message)
    }
  }
}
