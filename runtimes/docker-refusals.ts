import { refusalOf } from './docker-connect.ts'
import { StartError } from './runtime.ts'

interface Meaning {
  pattern: RegExp
  kind: StartError['kind']
  summary: (image: string) => string
  advice: string
}

/** What Docker and registries were seen to answer. The first that matches counts, so the more telling stand first. */
const MEANINGS: Meaning[] = [
  {
    pattern: /repository does not exist or may require|no such image|manifest.*unknown|not found: manifest/i,
    kind: 'image_missing',
    summary: (image) => `there is no image ${image}`,
    advice:
      'Check name and tag. For an image that needs a login: `docker login` on the host, as the user of the worker.',
  },
  {
    pattern: /unauthorized|no basic auth credentials|authentication required|access.*denied/i,
    kind: 'login_required',
    summary: (image) => `the registry of ${image} asks for a login`,
    advice: '`docker login` to it on the host, as the user that the worker runs as.',
  },
  {
    pattern: /invalid reference format|repository name must be lowercase/i,
    kind: 'image_missing',
    summary: (image) => `${image} is not the name of an image`,
    advice: 'Write it like vllm/vllm-openai:v0.11.0.',
  },
  {
    pattern: /could not select device driver|nvidia-container|unknown device|unresolvable CDI/i,
    kind: 'device_missing',
    summary: () => 'Docker cannot give the container its GPU',
    advice: 'Install the NVIDIA Container Toolkit on the host, and see whether `nvidia-smi` lists the GPU.',
  },
  {
    pattern: /requested CPUs are not available|cpuset/i,
    kind: 'device_missing',
    summary: () => 'the host has no such CPU cores',
    advice: 'Start the worker again, so that it offers the cores that are there.',
  },
  {
    pattern: /no command specified|executable file not found/i,
    kind: 'not_installed',
    summary: (image) => `${image} has no such program`,
    advice: 'Set runtime.program to the path of the engine in the image.',
  },
]

/** Returns what a refusal of Docker means for a start; an error that may pass is returned as it is. */
export function startErrorOf(error: unknown, image: string): unknown {
  const refusal = refusalOf(error)
  if (refusal === null) return error
  return startErrorFor(refusal.message, image) ?? (isRequestsFault(refusal.status) ? refused(error) : error)
}

/** Returns what a message of Docker means for a start; null when it may pass. */
export function startErrorFor(message: string, image: string): StartError | null {
  const meaning = MEANINGS.find(({ pattern }) => pattern.test(message))
  return meaning === undefined
    ? null
    : new StartError(meaning.kind, `${meaning.summary(image)} (${message.trim()})`, meaning.advice)
}

function isRequestsFault(status: number): boolean {
  return status === 400
}

function refused(error: unknown): StartError {
  return new StartError(
    'invalid_value',
    `Docker refuses to start the container: ${refusalOf(error)?.message.trim()}`,
    'Check memory, volumes and env of the request.',
    { cause: error },
  )
}
