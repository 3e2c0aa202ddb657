import { createRedlineClient, unwrap } from '../client/client.ts'

export interface ServicePage {
  name: string
  path: string
}

/** Lists a page of every kind of a running service, of the completed tuning with the largest confirmed gain. */
export async function servicePages(url: string): Promise<ServicePage[]> {
  const client = createRedlineClient(url)
  const { tunings } = await unwrap(url, client.GET('/api/v1/tunings', { params: { query: { limit: 100 } } }))
  const { schedules } = await unwrap(url, client.GET('/api/v1/schedules'))
  const completed = tunings.filter(({ state }) => state === 'completed')
  const [tuning, other] = completed.toSorted((a, b) => (b.gain ?? 0) - (a.gain ?? 0))
  if (tuning === undefined) throw new Error(`no tuning is completed at ${url}: run one first`)
  const number = tuning.best?.number ?? 0
  const [schedule] = schedules
  const at = `/tunings/${tuning.id}`
  return [
    { name: 'tunings', path: '/' },
    { name: 'new-tuning', path: '/new' },
    { name: 'tuning', path: at },
    { name: 'experiment', path: `${at}/experiments/${number}` },
    { name: 'report', path: `${at}/report` },
    {
      name: 'compare',
      path: `/compare?tunings=${[tuning, other].flatMap((one) => one?.id ?? []).join(',')}`,
    },
    { name: 'schedules', path: '/schedules' },
    { name: 'new-schedule', path: `/schedules/new?from=${tuning.id}` },
    ...(schedule === undefined ? [] : [{ name: 'schedule', path: `/schedules/${schedule.id}` }]),
    { name: 'hosts', path: '/hosts' },
    { name: 'settings', path: '/settings' },
    { name: 'sign-in', path: '/sign-in' },
    { name: 'join', path: '/join#code' },
    { name: 'not-found', path: '/nowhere' },
  ]
}
