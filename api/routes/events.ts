import { z } from 'zod'
import { shownTuningOr404, type ApiContext } from '../context.ts'
import { openEventStream } from '../event-stream.ts'
import { ListFeed } from '../list-feed.ts'
import { HttpProblem } from '../problems.ts'
import { route, type Route } from '../route.ts'
import { TuningFeeds } from '../tuning-feed.ts'

const BEATS = '`event: beat` comes every 15 seconds: a stream that is silent for longer is lost.'

const EventNumber = z.coerce.number().int().min(0)

export function eventRoutes(context: ApiContext): Route[] {
  const { db, hub } = context
  const feeds = new TuningFeeds(context)
  const list = new ListFeed(context)

  const follow = route({
    method: 'get',
    path: '/tunings/:id/events',
    operationId: 'followTuning',
    tag: 'Events',
    summary: 'Follow a tuning',
    description:
      'Server-sent events: every event of the tuning after `Last-Event-ID` (from the first one without it), then new ones as they ' +
      'happen, each a `TuningEvent` with its number as id. Between them `event: live` carries a `LiveEvent` about once a second ' +
      'while something is measured. After the last event of a finished tuning comes `event: end`, and the stream closes. ' +
      BEATS,
    params: z.object({ id: z.string() }),
    query: z.strictObject({
      after: EventNumber.optional().meta({
        description: 'As Last-Event-ID, for clients that cannot set it.',
      }),
    }),
    headers: z.object({ 'last-event-id': EventNumber.optional() }),
    responses: { 200: { description: 'The stream', content: { 'text/event-stream': '' } } },
    problems: [404, 409],
    async handle({ params: { id }, query, headers }, response) {
      const tuning = await shownTuningOr404(db, id)
      const last = headers['last-event-id'] ?? query.after ?? 0
      if (last > tuning.last_seq) {
        throw new HttpProblem(
          409,
          `the tuning has no event ${last} yet: the newest is ${tuning.last_seq}; ask from that or without Last-Event-ID`,
        )
      }
      feeds.follow(openEventStream(response, hub), tuning, last)
      return undefined
    },
  })

  const followAll = route({
    method: 'get',
    path: '/events',
    operationId: 'followTunings',
    tag: 'Events',
    summary: 'Follow the list of tunings, the fleet and schedules',
    description:
      'Server-sent events: `event: tuning` carries a `Tuning` whenever one has changed, `event: deleted` the id of one that is gone. ' +
      '`event: fleet` says that the answer of `/hosts` has changed, `event: schedules` that of `/schedules`. ' +
      BEATS,
    responses: { 200: { description: 'The stream', content: { 'text/event-stream': '' } } },
    problems: [],
    async handle({ who }, response) {
      list.follow(openEventStream(response, hub), who.projects)
      return undefined
    },
  })

  return [follow, followAll]
}
