import { cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { TEMPORAL_SERVER_VERSION } from '../../bench/temporal-on-postgres.ts'
import { run } from '../../components/run.ts'
import { which } from '../../runtimes/which.ts'

const DEBIAN_PACKAGES = 'ca-certificates,busybox,hostname,libgomp1,libstdc++6,libssl3,postgresql,prometheus'
const UI_SERVER = 'github.com/temporalio/ui-server/v2'
/** Programs that Go builds, by the name under which the images take them. */
const GO_PROGRAMS = {
  'temporal-server': `go.temporal.io/server/cmd/server@v${TEMPORAL_SERVER_VERSION}`,
  'temporal-sql-tool': `go.temporal.io/server/cmd/tools/sql@v${TEMPORAL_SERVER_VERSION}`,
  'temporal-ui': `${UI_SERVER}/cmd/server@v2.42.1`,
  caddy: 'github.com/caddyserver/caddy/v2/cmd/caddy@v2.11.9',
} as const
const IMAGES = ['node', 'postgres', 'temporal', 'temporal-ui', 'caddy', 'prometheus', 'llama'] as const
const CA_CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt'

/** The name of an image of these tests. */
export const image = (name: (typeof IMAGES)[number] | 'redline') => `redline-test/${name}`

/**
 * Builds images that stand in for the published ones on a machine that can pull none: the same programs on a Debian made
 * by debootstrap, as root. What was built is kept in the cache.
 */
export async function buildImages(
  dockerHost: string,
  { cacheDir, llamaServer, tell }: { cacheDir: string; llamaServer: string; tell: (text: string) => void },
): Promise<void> {
  const env = { ...process.env, DOCKER_HOST: dockerHost }
  const folder = join(cacheDir, 'compose')
  await mkdir(folder, { recursive: true })

  const debian = join(folder, 'debian.tar')
  if (!existsSync(debian)) {
    tell('making a Debian')
    const root = await mkdtemp(join(tmpdir(), 'redline-debian-'))
    const included = ['--variant=minbase', `--include=${DEBIAN_PACKAGES}`]
    await run('debootstrap', [...included, 'bookworm', root], { env })
    await run('tar', ['-C', root, '-cf', `${debian}.part`, '.'], { env })
    await rename(`${debian}.part`, debian)
    await rm(root, { recursive: true })
  }
  const context = join(folder, 'context')
  await mkdir(context, { recursive: true })
  for (const [name, module] of Object.entries(GO_PROGRAMS)) {
    if (existsSync(join(context, name))) continue
    tell(`building ${module}`)
    const built = join(folder, 'go')
    await rm(built, { recursive: true, force: true })
    await run('go', ['install', module], { env: { ...env, GOBIN: built, CGO_ENABLED: '0' } })
    await rename(join(built, module.replace(/@.*/, '').split('/').at(-1) ?? ''), join(context, name))
  }
  const modules = (await run('go', ['env', 'GOMODCACHE'], { env })).trim()
  const copies: [from: string, to: string][] = [
    [join(modules, `${UI_SERVER}@v2.42.1/config/docker.yaml`), 'temporal-ui.yaml'],
    [CA_CERTIFICATES, 'ca-certificates.crt'],
    [process.execPath, 'node'],
    [dirname(dirname(await realNpm(env))), 'npm'],
    [llamaServer, 'llama/llama-server'],
    [join(import.meta.dirname, 'postgres.sh'), 'postgres.sh'],
  ]
  for (const [from, to] of copies)
    await cp(from, join(context, to), { recursive: true, force: true, dereference: true })

  tell('building the images')
  await run('docker', ['import', debian, 'redline-test/debian'], { env })
  const file = join(import.meta.dirname, 'images.Dockerfile')
  for (const name of IMAGES)
    await run('docker', ['build', '-q', '-f', file, '--target', name, '-t', image(name), context], { env })
}

async function realNpm(env: NodeJS.ProcessEnv): Promise<string> {
  const npm = await which('npm', env)
  if (npm === null) throw new Error('there is no npm on PATH')
  return (await run('readlink', ['-f', npm], { env })).trim()
}
