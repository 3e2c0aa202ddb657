import http from 'node:http'
import https from 'node:https'
import { isIP, type LookupFunction } from 'node:net'

/** An engine that cannot answer a small question by then is left alone. */
const ANSWER_WITHIN_MS = 5000
/** The metrics of an engine with hundreds of labels are a tenth of this. */
const MAX_MIB = 8

/** Where an engine is: its base URL and, where it is known, the address to connect to whatever the URL's name says. */
export interface EnginePlace {
  baseUrl: string
  address: string | null
  /** What it wants with every request. */
  headers?: Record<string, string>
}

/** What an engine answered: with which status, whether that is success, and the text. */
export interface EngineAnswer {
  ok: boolean
  status: number
  text: string
}

/** What answers goes on and on, as no engine does. */
export class AnswerTooLongError extends Error {
  override readonly name = 'AnswerTooLongError'

  constructor(address: string) {
    super(`${address} answers with more than ${MAX_MIB} MiB, as no engine does`)
  }
}

/**
 * Asks an engine something beside its load; null when it does not answer. Throws the signal's reason when aborted, and
 * an {@link AnswerTooLongError}.
 */
export async function askEngine(
  { baseUrl, address, headers = {} }: EnginePlace,
  path: string,
  { method = 'GET', signal }: { method?: 'GET' | 'POST'; signal: AbortSignal },
): Promise<EngineAnswer | null> {
  signal.throwIfAborted()
  try {
    const request = (baseUrl.startsWith('https:') ? https : http).request(`${baseUrl}${path}`, {
      method,
      headers,
      // A kept connection may be one that the engine has just closed.
      agent: false,
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
      ...(address === null ? {} : { lookup: always(address) }),
    })
    request.end()
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      request.once('response', resolve).once('error', reject)
    })
    const status = response.statusCode ?? 0
    return { ok: status >= 200 && status < 300, status, text: await textOf(response, `${baseUrl}${path}`) }
  } catch (error) {
    if (error instanceof AnswerTooLongError) throw error
    signal.throwIfAborted()
    return null
  }
}

async function textOf(response: http.IncomingMessage, address: string): Promise<string> {
  let whole = ''
  for await (const part of response.setEncoding('utf8')) {
    whole += String(part)
    if (whole.length > MAX_MIB * 2 ** 20) throw new AnswerTooLongError(address)
  }
  return whole
}

function always(address: string): LookupFunction {
  const family = isIP(address)
  return (_name, { all }, answer) =>
    all === true ? answer(null, [{ address, family }]) : answer(null, address, family)
}
