import { z } from 'zod'
import { listEvents } from '../../database/events.ts'
import { findShownTuning } from '../../database/tuning-list.ts'
import { shownTuningOr404, type ApiContext } from '../context.ts'
import { openEventStream } from '../event-stream.ts'
import { HttpProblem } from '../problems.ts'
import { route, type Route } from '../route.ts'
import { tuningView } from '../views.ts'

const EventNumber = z.coerce.number().int().min(0)

/** How long changes of a tuning are gathered before the list's stream tells them. */
const LIST_GATHER_MS = 30

export function eventRoutes({ db, hub, link, log }: ApiContext): Route[] {
  const follow = route({
    method: 'get',
    path: '/tunings/:id/events',
    operationId: 'followTuning',
    tag: 'Events',
    summary: 'Follow a tuning',
    description:
      'Server-sent events: every event of the tuning after `Last-Event-ID` (from the first one without it), then new ones as they ' +
      'happen, each a `TuningEvent` with its number as id. Between them `event: live` carries a `LiveEvent` about once a second ' +
      'while something is measured. After the last event of a finished tuning comes `event: end`, and the stream closes.',
    params: z.object({ id: z.string() }),
    query: z.object({
      after: EventNumber.optional().meta({
        description: 'As Last-Event-ID, for clients that cannot set it.',
      }),
    }),
    headers: z.object({ 'last-event-id': EventNumber.optional() }),
    responses: { 200: { description: 'The stream', content: { 'text/event-stream': '' } } },
    problems: [400, 404, 409],
    async handle({ params: { id }, query, headers }, response) {
      const tuning = await shownTuningOr404(db, id)
      let last = headers['last-event-id'] ?? query.after ?? 0
      if (last > tuning.last_seq) {
        throw new HttpProblem(
          409,
          `the tuning has no event ${last} yet: the newest is ${tuning.last_seq}; ask from that or without Last-Event-ID`,
        )
      }
      const stream = openEventStream(response)

      let end = tuning.phase === 'done' && last === tuning.last_seq ? { state: tuning.state } : null
      let reading: Promise<void> | null = null
      let again = false
      /** Sends what is new; an announcement while it reads makes it read once more. */
      async function sendNew(): Promise<void> {
        do {
          again = false
          const events = await listEvents(db, id, last)
          for (const event of events) {
            stream.send({ id: event.seq, data: event })
            last = event.seq
            // A finished tuning may have been taken up again: what counts is what it did last.
            end = event.event.type === 'tuning.state' && event.event.phase === 'done' ? event.event : null
          }
          if (events.length > 0) again = true
          else if (end !== null) {
            stream.send({ event: 'end', data: { state: end.state } })
            return stream.end()
          }
        } while (again && !stream.closed)
      }
      const wake = () => {
        again = true
        reading ??= sendNew()
          .catch((error: unknown) => {
            log.warn({ err: error, tuning: id }, 'event stream closed: the client asks again')
            response.destroy()
          })
          .finally(() => (reading = null))
      }
      // Subscribed before the backlog is read, so that nothing falls between.
      const unsubscribe = hub.subscribe(id, {
        onEvents: wake,
        onLive: (_, live) => stream.send({ event: 'live', data: live }),
      })
      stream.onClose(unsubscribe)
      wake()
      return undefined
    },
  })

  const followAll = route({
    method: 'get',
    path: '/events',
    operationId: 'followTunings',
    tag: 'Events',
    summary: 'Follow the list of tunings',
    description:
      'Server-sent events: `event: tuning` carries a `Tuning` whenever one has changed, `event: deleted` the id of one that is gone.',
    responses: { 200: { description: 'The stream', content: { 'text/event-stream': '' } } },
    problems: [],
    async handle(_, response) {
      const stream = openEventStream(response)
      const changed = new Set<string>()
      let timer: NodeJS.Timeout | undefined
      const unsubscribe = hub.subscribe(null, {
        onEvents(tuningId) {
          changed.add(tuningId)
          timer ??= setTimeout(() => void sendChanged(), LIST_GATHER_MS)
        },
        onLive: () => undefined,
      })
      async function sendChanged(): Promise<void> {
        timer = undefined
        const ids = [...changed]
        changed.clear()
        for (const id of ids) {
          const tuning = await findShownTuning(db, id).catch(() => undefined)
          if (tuning === undefined) continue
          stream.send(
            tuning === null
              ? { event: 'deleted', data: { id } }
              : { event: 'tuning', data: tuningView(tuning, link) },
          )
        }
      }
      stream.onClose(() => {
        clearTimeout(timer)
        unsubscribe()
      })
      return undefined
    },
  })

  return [follow, followAll]
}
