import { fetchAuthorized, unwrap } from '../client/client.ts'

/** Fetches a file of the API, `path` beginning beneath `/api/v1/`; throws what {@link unwrap} throws. */
export async function fetchFile(baseUrl: string, path: string, signal?: AbortSignal): Promise<Buffer> {
  const call = fetchAuthorized(`${baseUrl}/api/v1/${path}`, { signal: signal ?? null }).then(
    async (response) => ({
      response,
      ...(response.ok
        ? { data: Buffer.from(await response.arrayBuffer()) }
        : { error: await bodyOf(response) }),
    }),
  )
  return unwrap(baseUrl, call)
}

async function bodyOf(response: Response): Promise<unknown> {
  return response.json()
}
