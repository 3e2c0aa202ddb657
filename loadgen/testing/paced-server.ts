import { Worker } from 'node:worker_threads'

/** How the paced server answers: its first token this long after the request, each later one this long after. */
export interface Pace {
  firstTokenMs: number
  gapMs: number
}

/** What the server itself saw of a request, in milliseconds after the request arrived. */
export interface ServedRequest {
  prompt: string
  tokensAfterMs: number[]
}

export type PacedServerMessage =
  { type: 'listening'; port: number } | { type: 'served'; served: ServedRequest[] }

export interface PacedServer extends AsyncDisposable {
  baseUrl: string
  /** Returns what the server saw of the requests it has answered so far. */
  served(): Promise<ServedRequest[]>
}

/** Starts a server, in a thread of its own, that streams tokens on an absolute schedule and keeps its own times. */
export async function pacedServer(pace: Pace): Promise<PacedServer> {
  const worker = new Worker(new URL('./paced-server-main.ts', import.meta.url), { workerData: pace })
  const next = () =>
    new Promise<PacedServerMessage>((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
    })
  const listening = await next()
  if (listening.type !== 'listening') throw new Error('the server did not say where it listens')
  return {
    baseUrl: `http://127.0.0.1:${listening.port}`,
    served: async () => {
      worker.postMessage('report')
      const message = await next()
      return message.type === 'served' ? message.served : []
    },
    [Symbol.asyncDispose]: async () => {
      await worker.terminate()
    },
  }
}
