import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { untar } from './archive.ts'
import type { Search, Source, Supply } from './component.ts'
import { download } from './download.ts'
import { configuredPlace, pathPlace, requireExecutable } from './places.ts'
import { run } from './run.ts'
import { which } from '../runtimes/which.ts'

const VERSION = '1.5.1'
const RELEASES = 'https://github.com/temporalio/cli/releases/download'
const MODULE = 'github.com/temporalio/cli'

/** The sha256 that the release publishes in its checksums.txt, by the archive's platform. */
const RELEASE_SHA256: Readonly<Record<string, string>> = {
  linux_amd64: 'ddc95e08b0b076efd4ea9733a3f488eb7d2be875f8834e616cd2a37358b4852d',
  linux_arm64: 'bd1b0db9f18b051026de8bf6cc1505f2510f14bbb7a8b9a4a91fff46c77454f5',
  darwin_amd64: 'bbb73e2a31135abe50a1f1cdb35030c42961df618e8ce9c60ae89f201540c5d9',
  darwin_arm64: 'cca01b7ea35ad56e2a328d9ae596bf716bd22313ef63c7a761c88354457c2415',
}

const cachedFile = async ({ cacheDir }: Search) => join(cacheDir, 'temporal', VERSION, 'temporal')

/** The `temporal` command, whose `server start-dev` runs Temporal and its web UI with a file for a database. */
export const temporalSource: Source = {
  component: 'temporal',
  howToSupply:
    'To supply it: install the Temporal CLI (https://docs.temporal.io/cli), or set REDLINE_TEMPORAL_CLI to its path, ' +
    'or set TEMPORAL_ADDRESS to use a Temporal server that runs already.',
  places: [configuredPlace('REDLINE_TEMPORAL_CLI', requireExecutable), pathPlace('temporal')],
  supplies: [releaseSupply(RELEASES, RELEASE_SHA256), goSupply()],
  cachedFile,
  version: async (path, { env, signal }) => {
    const output = await run(path, ['--version'], { env, timeoutMs: 30_000, signal })
    const version = /^temporal version (\S+)/m.exec(output)?.[1]
    if (version === undefined) throw new Error(`${path} --version does not answer as Temporal's CLI does`)
    return version
  },
}

/** The vendor's release archive; `releases` and the hashes are those of GitHub, or of a test's server. */
export function releaseSupply(releases: string, sha256s: Readonly<Record<string, string>>): Supply {
  return {
    layer: 'download',
    label: `release v${VERSION} from GitHub`,
    fetch: async (into, { signal, report }) => {
      const platform = `${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`
      const sha256 = sha256s[platform]
      if (sha256 === undefined) throw new Error(`there is no release for ${platform}`)
      const archive = join(into, 'release.tar.gz')
      const onBytes = (done: number, total: number | undefined) =>
        report(`downloading release v${VERSION}`, { done, total, unit: 'bytes' })
      await download(`${releases}/v${VERSION}/temporal_cli_${VERSION}_${platform}.tar.gz`, archive, {
        sha256,
        signal,
        onBytes,
      })
      await untar(archive, into, { strip: 0, filter: (name) => name === 'temporal' || name === 'LICENSE' })
      await rm(archive)
    },
  }
}

function goSupply(): Supply {
  return {
    layer: 'registry',
    label: `built by go install ${MODULE}/cmd/temporal@v${VERSION}`,
    fetch: async (into, { env, signal, report }) => {
      const go = await which('go', env)
      if (go === null)
        throw new Error('go install needs Go 1.25 or newer, and there is no go on PATH (https://go.dev/dl)')
      const bin = join(into, 'bin')
      await mkdir(bin)
      report('building with go install; a first build takes some minutes')
      let done = 0
      await run(
        go,
        [
          'install',
          '-v',
          '-ldflags',
          `-s -w -X ${MODULE}/temporalcli.Version=${VERSION}`,
          `${MODULE}/cmd/temporal@v${VERSION}`,
        ],
        {
          // Go verifies what it downloads by its checksum database; GOOS and GOARCH would build for another machine.
          env: { ...env, GOBIN: bin, GOOS: undefined, GOARCH: undefined },
          cwd: into,
          onLine: (line) => report(line, { done: ++done, unit: 'steps' }),
          signal,
        },
      )
      await rename(join(bin, 'temporal'), join(into, 'temporal'))
      await rm(bin, { recursive: true })
    },
  }
}
