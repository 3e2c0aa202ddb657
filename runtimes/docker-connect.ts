import Docker from 'dockerode'
import { z } from 'zod'
import { messageOf } from '../domain/message-of.ts'

/** An answer that takes longer than this will not come: stopping an engine takes the longest. */
const ANSWER_WITHIN_MS = 60_000

/** The Docker engine of this host. */
export interface DockerEngine {
  /** For calls that are answered at once; they fail when the engine hangs. */
  calls: Docker
  /** For what may be silent for long: pulls and logs. */
  streams: Docker
}

/** Returns the Docker engine at an address as DOCKER_HOST has it; by default the host's own. Nothing is connected yet. */
export function connectDocker(dockerHost: string | undefined): DockerEngine {
  // Addresses other than sockets dockerode reads itself, with the certificates of DOCKER_CERT_PATH.
  const place =
    dockerHost?.startsWith('unix://') === true ? { socketPath: dockerHost.slice('unix://'.length) } : {}
  return { calls: new Docker({ ...place, timeout: ANSWER_WITHIN_MS }), streams: new Docker(place) }
}

const Refusal = z.object({ statusCode: z.int(), message: z.string(), json: z.unknown() })
const Detail = z.object({ message: z.string() })

/** What the Docker engine answered to a call that it refused. */
export interface DockerRefusal {
  status: number
  message: string
}

/** Returns the refusal that an error stands for; null when it is something else, such as an engine that is away. */
export function refusalOf(error: unknown): DockerRefusal | null {
  const refusal = Refusal.safeParse(error)
  if (!refusal.success) return null
  const detail = Detail.safeParse(refusal.data.json)
  return {
    status: refusal.data.statusCode,
    message: detail.success ? detail.data.message : refusal.data.message,
  }
}

/** Waits for an answer; a refusal with one of these status codes gives null. */
export async function unlessRefused<Answer>(
  answer: Promise<Answer>,
  ...statuses: number[]
): Promise<Answer | null> {
  try {
    return await answer
  } catch (error) {
    const refusal = refusalOf(error)
    if (refusal !== null && statuses.includes(refusal.status)) return null
    throw refusal === null ? new DockerAwayError(error) : error
  }
}

/** The Docker engine of the host did not answer: it is not installed, not running, or out of reach. */
export class DockerAwayError extends Error {
  constructor(cause: unknown) {
    super(`the Docker engine does not answer: ${messageOf(cause)}`, {
      cause,
    })
    this.name = 'DockerAwayError'
  }
}
