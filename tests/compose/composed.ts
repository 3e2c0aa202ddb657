import { copyFile, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { text } from 'node:stream/consumers'
import { run } from '../../components/run.ts'
import { freePort } from '../../runtimes/ports.ts'
import { ROOT } from '../service.ts'
import { image } from './images.ts'

/** The services that stand-in images exist for: Grafana's server is in no package registry. */
const SERVICES = ['caddy', 'prometheus', 'temporal-ui', 'worker']

/** The compose file brought up under a name of its own. */
export interface Composed {
  /** For files of the tests; removed with the service. */
  folder: string
  model: string
  prometheusUrl: string
  /** For programs that speak to it: where it is, and whose certificate to believe. */
  env: NodeJS.ProcessEnv
  /** Builds the image of the product; returns what was said. */
  build(): Promise<string>
  /** Starts every service and returns when each is healthy. */
  up(): Promise<void>
  down(...args: string[]): Promise<void>
  /** Waits until Docker calls a service healthy. */
  healthy(service: string): Promise<void>
  /** Runs docker-compose with these arguments and returns what it printed. */
  compose(...args: string[]): Promise<string>
  docker(...args: string[]): Promise<string>
  /** Asks the service through Caddy, over TLS. */
  ask(method: string, path: string, body: object, cookie?: string): Promise<Answered>
  remove(): Promise<void>
}

export interface Answered {
  status: number
  cookie: string
  body: string
}

/** Prepares the compose file for a run of its own: ports, images, the folder of models, and one for what it hands out. */
export async function composed(dockerHost: string, model: string): Promise<Composed> {
  const folder = await mkdtemp(join(tmpdir(), 'redline-compose-'))
  // The worker is nobody in particular, and must be able to enter it.
  const models = join(folder, 'models')
  await mkdir(models, { mode: 0o755 })
  await copyFile(model, join(models, 'model.gguf'))
  const port = async () => String(await freePort())
  const httpsPort = await port()
  const prometheusPort = await port()
  const url = `https://localhost:${httpsPort}`
  const authority = join(folder, 'authority.crt')
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    DOCKER_HOST: dockerHost,
    COMPOSE_PROJECT_NAME: `redline-test-${process.pid}`,
    REDLINE_IMAGE: image('redline'),
    NODE_IMAGE: image('node'),
    POSTGRES_IMAGE: image('postgres'),
    TEMPORAL_IMAGE: image('temporal'),
    TEMPORAL_TOOLS_IMAGE: image('temporal'),
    TEMPORAL_UI_IMAGE: image('temporal-ui'),
    CADDY_IMAGE: image('caddy'),
    PROMETHEUS_IMAGE: image('prometheus'),
    BUILD_NETWORK: 'host',
    POSTGRES_PORT: await port(),
    TEMPORAL_PORT: await port(),
    TEMPORAL_UI_PORT: await port(),
    HTTP_PORT: await port(),
    HTTPS_PORT: httpsPort,
    PROMETHEUS_PORT: prometheusPort,
    DOCKER_SOCKET: dockerHost.replace('unix://', ''),
    DOCKER_GID: String((await stat(dockerHost.replace('unix://', ''))).gid),
    REDLINE_MODELS: models,
    REDLINE_PUBLIC_URL: url,
    REDLINE_CPU_SHARES: '1',
    REDLINE_URL: url,
    NODE_EXTRA_CA_CERTS: authority,
    NO_COLOR: '1',
  }
  const docker = (...args: string[]) => run('docker', args, { env, cwd: ROOT })
  const compose = (...args: string[]) => run('docker-compose', args, { env, cwd: ROOT })
  let certificate = ''

  return {
    folder,
    model: join(models, 'model.gguf'),
    prometheusUrl: `http://127.0.0.1:${prometheusPort}`,
    env,
    healthy,
    docker,
    compose,
    build: () => compose('build', 'api'),
    async up() {
      await run(join(ROOT, 'deploy/make-secrets.sh'), [], { env })
      await compose('up', '-d', '--no-build', ...SERVICES)
      for (const service of SERVICES) await healthy(service)
      certificate = await compose('exec', '-T', 'caddy', 'cat', AUTHORITY)
      await writeFile(authority, certificate)
    },
    down: async (...args) => void (await compose('down', ...args)),
    async ask(method, path, body, cookie = '') {
      const asked = request(url + path, {
        method,
        ca: certificate,
        headers: { 'Content-Type': 'application/json', Cookie: cookie },
      })
      asked.end(JSON.stringify(body))
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        asked.once('response', resolve).once('error', reject)
      })
      return {
        status: response.statusCode ?? 0,
        cookie: response.headers['set-cookie']?.[0]?.split(';')[0] ?? '',
        body: await text(response),
      }
    },
    async remove() {
      await compose('down', '-v')
      await rm(folder, { recursive: true })
    },
  }

  /** Waits until Docker calls a service healthy. */
  async function healthy(service: string): Promise<void> {
    for (;;) {
      const id = (await compose('ps', '-q', service)).trim()
      if ((await docker('inspect', id, '--format', '{{.State.Health.Status}}')).trim() === 'healthy') return
      await setTimeout(500)
    }
  }
}

const AUTHORITY = '/data/caddy/pki/authorities/local/root.crt'
