import http from 'node:http'
import https from 'node:https'
import { messageOf } from '../domain/message-of.ts'
import type { Network } from '../domain/network.ts'
import { guardedPlace } from '../runtimes/private-networks.ts'

/** A receiver that takes longer has not taken the message. */
const ANSWER_WITHIN_MS = 10_000

/**
 * Posts a body and returns what went wrong; null when the receiver answered that it has it. With `networks`, private
 * ones but these are refused.
 */
export async function postWebhook(
  url: string,
  headers: Record<string, string>,
  body: string,
  networks: readonly Network[] | null,
): Promise<string | null> {
  try {
    const { lookup } = guardedPlace(new URL(url), networks)
    // Redirects are not followed: a message goes where people said, nowhere else.
    const request = (url.startsWith('https:') ? https : http).request(url, {
      method: 'POST',
      headers,
      lookup,
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    })
    request.end(body)
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      request.once('response', resolve).once('error', reject)
    })
    response.destroy()
    const status = response.statusCode ?? 0
    return status >= 200 && status < 300 ? null : `the receiver answered ${status}`
  } catch (error) {
    return messageOf(error)
  }
}
