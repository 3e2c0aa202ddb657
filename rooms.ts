interface Room {
  is: string
  /** Rooms that it may import, besides itself. */
  imports: string[]
  /** Rooms of which it may import types only. */
  types?: string[]
}

/**
 * The rooms of the house: what each is for and what it may import. `eslint.config.js` holds the code to it, `npm run rooms`
 * draws it.
 */
export const rooms: Record<string, Room> = {
  domain: { is: 'vocabulary, pure functions', imports: [] },
  search: { is: 'history to next configurations', imports: ['domain'] },
  'search/thread': { is: 'the search, off the main thread', imports: ['domain', 'search'] },
  loadgen: { is: 'load and measurement', imports: ['domain'] },
  engines: { is: 'flags, readiness, diagnosis', imports: ['domain'] },
  runtimes: { is: 'start, adopt, stop', imports: ['domain'] },
  database: { is: 'one file of queries per subject', imports: ['domain'] },
  report: { is: 'a report as HTML, Markdown, manifests', imports: ['domain', 'engines'] },
  components: { is: 'find or fetch Temporal, Postgres, engine, model', imports: ['runtimes'] },
  workflows: { is: 'tuning, experiment', imports: ['domain'], types: ['activities'] },
  activities: {
    is: 'the rooms, joined to Temporal',
    imports: ['domain', 'search', 'search/thread', 'loadgen', 'engines', 'runtimes', 'database'],
  },
  temporal: {
    is: 'connection, workers, client calls',
    imports: ['domain', 'activities', 'workflows', 'database'],
  },
  api: {
    is: 'routes, OpenAPI, SSE',
    imports: ['domain', 'search', 'search/thread', 'engines', 'report', 'database', 'temporal'],
  },
  client: { is: 'typed from OpenAPI', imports: [] },
  service: {
    is: 'processes of the service',
    imports: [
      'domain',
      'database',
      'engines',
      'runtimes',
      'components',
      'activities',
      'temporal',
      'workflows',
      'api',
    ],
  },
  cli: {
    is: 'the redline command',
    imports: ['client', 'domain', 'loadgen', 'search', 'components', 'service'],
  },
  ui: { is: 'SolidJS', imports: ['client', 'domain'] },
}
