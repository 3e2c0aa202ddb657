import pg from 'pg'
import { z } from 'zod'
import { LiveEvent, type News } from '../domain/event.ts'

export const EVENTS_CHANNEL = 'redline_events'
export const LIVE_CHANNEL = 'redline_live'
/** Triggers announce on it that somebody may sign in no more, or not as before. */
const ACCESS_CHANNEL = 'redline_access'
export const SCHEDULES_CHANNEL = 'redline_schedules'
/** What else than tunings has changed: triggers announce hosts, leases and the queue. */
const NEWS_CHANNELS = new Map<string, News>([
  ['redline_fleet', 'fleet'],
  [SCHEDULES_CHANNEL, 'schedules'],
])

const LivePayload = z.object({ tuningId: z.string(), live: LiveEvent })

export interface NotificationHandlers {
  /** New events of a tuning can be read. */
  onEvents: (tuningId: string) => void
  onLive: (tuningId: string, live: LiveEvent) => void
  onAccess: () => void
  onNews: (news: News) => void
  /** Announcements are heard from now on, or lost: what was announced in between has to be read. */
  onConnection: (listening: boolean) => void
}

/** Listens on one connection for all announcements, and connects again when it breaks. Returns a function that ends it. */
export async function listenForNotifications(
  databaseUrl: string,
  handlers: NotificationHandlers,
): Promise<() => Promise<void>> {
  let client: pg.Client | null = null
  let timer: NodeJS.Timeout | undefined
  let closed = false

  async function connect(): Promise<void> {
    const next = new pg.Client({ connectionString: databaseUrl, keepAlive: true })
    next.on('notification', ({ channel, payload = '' }) => {
      if (channel === EVENTS_CHANNEL) return handlers.onEvents(payload)
      if (channel === ACCESS_CHANNEL) return handlers.onAccess()
      const news = NEWS_CHANNELS.get(channel)
      if (news !== undefined) return handlers.onNews(news)
      const { tuningId, live } = LivePayload.parse(JSON.parse(payload))
      handlers.onLive(tuningId, live)
    })
    next.on('error', () => undefined)
    next.on('end', () => {
      if (closed || client !== next) return
      handlers.onConnection(false)
      reconnectSoon()
    })
    await next.connect()
    for (const channel of [EVENTS_CHANNEL, LIVE_CHANNEL, ACCESS_CHANNEL, ...NEWS_CHANNELS.keys()])
      await next.query(`listen ${channel}`)
    client = next
    handlers.onConnection(true)
  }

  function reconnectSoon(): void {
    timer = setTimeout(() => {
      connect().catch(reconnectSoon)
    }, 500)
  }

  await connect()
  return async () => {
    closed = true
    clearTimeout(timer)
    await client?.end()
  }
}
