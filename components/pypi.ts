import { z } from 'zod'
import { download, fetchJson } from './download.ts'

/** One file of a PyPI project, pinned by its hash. */
export interface PinnedFile {
  project: string
  filename: string
  sha256: string
}

export interface PypiOptions {
  /** `PIP_INDEX_URL`, when set, names the index to ask. */
  env: NodeJS.ProcessEnv
  signal?: AbortSignal
  onBytes?: (done: number, total: number | undefined) => void
}

const PUBLIC_INDEX = 'https://pypi.org/simple/'
const JSON_INDEX = 'application/vnd.pypi.simple.v1+json'

const Project = z.object({
  files: z.array(
    z.object({ filename: z.string(), url: z.string(), hashes: z.record(z.string(), z.string()) }),
  ),
})

/**
 * Downloads a pinned file by way of the index's JSON form (PEP 691). The index must name the pinned sha256, and the
 * file must have it.
 *
 * @throws {Error} with the reason, never with the password of an index URL that holds one.
 */
export async function downloadFromIndex(
  pinned: PinnedFile,
  path: string,
  options: PypiOptions,
): Promise<void> {
  const { env, signal, onBytes } = options
  const index = parseIndex(env['PIP_INDEX_URL'])
  const pageUrl = new URL(`${pinned.project}/`, index.url).href
  const page = Project.safeParse(
    await fetchJson(pageUrl, { headers: { accept: JSON_INDEX, ...index.headers }, signal }),
  )
  if (!page.success) throw new Error(`${pageUrl} did not answer with a project in the form of PEP 691`)
  const file = page.data.files.find(({ filename }) => filename === pinned.filename)
  if (file === undefined) throw new Error(`${pageUrl} lists no ${pinned.filename}`)
  if (file.hashes['sha256'] !== pinned.sha256) {
    throw new Error(
      `${pageUrl} names another sha256 for ${pinned.filename} than the expected ${pinned.sha256}`,
    )
  }
  const url = new URL(file.url, pageUrl)
  const headers = url.origin === index.url.origin ? index.headers : {}
  await download(url.href, path, {
    sha256: pinned.sha256,
    headers,
    signal,
    onBytes,
  })
}

// fetch refuses URLs with credentials, which an index URL may hold.
function parseIndex(configured: string | undefined): { url: URL; headers: Record<string, string> } {
  const text = configured === undefined || configured === '' ? PUBLIC_INDEX : configured
  if (!URL.canParse(text)) throw new Error('PIP_INDEX_URL is not a URL')
  const url = new URL(text.endsWith('/') ? text : `${text}/`)
  if (url.username === '') return { url, headers: {} }
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  url.username = ''
  url.password = ''
  return { url, headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` } }
}
