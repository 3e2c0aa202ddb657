import { createInterface } from 'node:readline'
import { z } from 'zod'
import { unlessRefused, type DockerEngine } from './docker-connect.ts'
import { loginFor } from './docker-login.ts'
import { startErrorFor, startErrorOf } from './docker-refusals.ts'
import { StartError } from './runtime.ts'

export interface ImageRequest {
  image: string
  pull: 'missing' | 'always' | 'never'
  onProgress?: ((text: string) => void) | undefined
  signal?: AbortSignal | undefined
}

/**
 * Sees to it that the host has an image and returns its digest: as the registry names it, or the id of an image that
 * no registry has.
 *
 * @throws {StartError} when there is no such image or the registry wants a login; any other error may pass.
 */
export async function ensureImage(engine: DockerEngine, request: ImageRequest): Promise<string> {
  // Anything else would not even make a request to Docker.
  if (!/^[\w./:@-]+$/.test(request.image)) {
    throw new StartError(
      'image_missing',
      `${request.image} is not the name of an image`,
      'Write it like vllm/vllm-openai:v0.11.0.',
    )
  }
  const present = request.pull === 'always' ? null : await digestOf(engine, request.image)
  if (present !== null) return present
  if (request.pull === 'never') {
    throw new StartError(
      'image_missing',
      `the host has no image ${request.image}, and the request says not to pull it`,
      'Build or pull it on the host, or set pull to missing.',
    )
  }
  await pullImage(engine, request)
  const pulled = await digestOf(engine, request.image)
  if (pulled === null) throw new Error(`${request.image} is gone right after its pull`)
  return pulled
}

/** Returns an image's name with its tag: Docker would pull every tag of a name that has none. */
export function withTag(image: string): string {
  const name = image.slice(image.lastIndexOf('/') + 1)
  return /[:@]/.test(name) ? image : `${image}:latest`
}

async function digestOf({ calls }: DockerEngine, image: string): Promise<string | null> {
  const found = await unlessRefused(calls.getImage(withTag(image)).inspect(), 404, 400)
  if (found === null) return null
  // Docker leaves the list out for an image that was built here, and lists every name that the same content came by.
  const digests = found.RepoDigests ?? []
  return digests.find((digest) => digest.startsWith(`${repositoryOf(image)}@`)) ?? digests[0] ?? found.Id
}

function repositoryOf(image: string): string {
  const [named = image] = image.split('@')
  return named.replace(/:[^:/]*$/, '')
}

/** One line of what Docker tells during a pull. */
const PullEvent = z.object({
  id: z.string().optional(),
  status: z.string().optional(),
  progressDetail: z
    .object({ current: z.number().optional(), total: z.number().optional() })
    .nullish()
    .transform((detail) => detail ?? {}),
  error: z.string().optional(),
})

async function pullImage(
  { streams }: DockerEngine,
  { image, onProgress, signal }: ImageRequest,
): Promise<void> {
  const login = await loginFor(image)
  const stream = await unlessRefused(
    streams.createImage({
      fromImage: withTag(image),
      ...(login === null ? {} : { authconfig: login }),
      ...(signal === undefined ? {} : { abortSignal: signal }),
    }),
  ).catch((error: unknown) => {
    signal?.throwIfAborted()
    throw startErrorOf(error, image)
  })
  if (stream === null) return
  const layers = new Map<string, { current: number; total: number }>()
  let told = ''
  for await (const line of createInterface({ input: stream })) {
    const { id, status, progressDetail, error } = PullEvent.parse(JSON.parse(line))
    if (error !== undefined) throw startErrorFor(error, image) ?? new Error(`pull of ${image}: ${error}`)
    const { current, total } = progressDetail
    if (id !== undefined && status === 'Downloading' && current !== undefined && total !== undefined) {
      layers.set(id, { current, total })
    }
    const layer = layers.get(id ?? '')
    if (layer !== undefined && status === 'Download complete') layer.current = layer.total
    const text = progressText(image, [...layers.values()])
    if (text !== told) onProgress?.(text)
    told = text
  }
  signal?.throwIfAborted()
}

function progressText(image: string, layers: { current: number; total: number }[]): string {
  const sum = (of: 'current' | 'total') => layers.reduce((bytes, layer) => bytes + layer[of], 0)
  if (sum('total') === 0) return `pulling ${image}`
  const percent = Math.floor((100 * sum('current')) / sum('total'))
  return `pulling ${image}: ${percent}% of ${(sum('total') / 2 ** 20).toFixed(0)} MiB`
}
