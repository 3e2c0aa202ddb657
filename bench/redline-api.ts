import { pino } from 'pino'
import { runApi } from '../service/api-process.ts'

// The API as `redline api` runs it. Nothing is tuned, so there is no Temporal.
const [databaseUrl = '', port = ''] = process.argv.slice(2)
const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())
const options = {
  databaseUrl,
  temporal: { address: '127.0.0.1:1', namespace: 'none', env: {} },
  temporalUiUrl: undefined,
  listen: '127.0.0.1',
  port: Number(port),
  host: 'bench',
  models: {},
  allowed: {},
  proxies: ['loopback'],
  provider: null,
  publicUrl: undefined,
  traced: false,
  metricsListen: undefined,
  log: pino({ level: 'warn' }),
}
await runApi(options, stop.signal)
