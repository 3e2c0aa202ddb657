import { lookup } from 'node:dns'
import http from 'node:http'
import https from 'node:https'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import type { Network } from '../domain/network.ts'

/** A receiver that takes longer has not taken the message. */
const ANSWER_WITHIN_MS = 10_000

/** Addresses that are not of the public internet: IANA's registries of special-purpose addresses (RFC 6890). */
const NOT_PUBLIC = listOf(
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 128],
  ['::1', 128],
  ['64:ff9b::', 96],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
)

function listOf(...networks: [address: string, prefix: number][]): BlockList {
  const list = new BlockList()
  for (const [address, prefix] of networks) list.addSubnet(address, prefix, familyOf(address))
  return list
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4'
}

/**
 * Returns what says why an address must not be reached: those of private networks are not, but for the networks
 * given; null when it may be.
 */
function refusalBy(networks: readonly Network[]): (address: string) => string | null {
  const allowed = listOf(...networks.map(({ address, prefix }): [string, number] => [address, prefix]))
  return (address) => {
    const family = familyOf(address)
    if (!NOT_PUBLIC.check(address, family) || allowed.check(address, family)) return null
    return `${address} is in a private network: REDLINE_PRIVATE_NETWORKS says which may be reached`
  }
}

/**
 * Posts a body and returns what went wrong; null when the receiver answered that it has it. With `networks`, private
 * ones but these are refused by the very address that is connected to, so that a name that changes gains nothing.
 */
export async function postWebhook(
  url: string,
  headers: Record<string, string>,
  body: string,
  networks: readonly Network[] | null,
): Promise<string | null> {
  const { protocol, hostname } = new URL(url)
  const refusal = networks === null ? () => null : refusalBy(networks)
  const literal = hostname.replace(/^\[|\]$/g, '')
  const refused = isIP(literal) === 0 ? null : refusal(literal)
  if (refused !== null) return refused
  const checkedLookup: LookupFunction = (name, options, answer) => {
    lookup(name, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? []
      const reason = (addresses ?? []).map(({ address }) => refusal(address)).find((why) => why !== null)
      if (error !== null || first === undefined) answer(error ?? new Error(`${name} has no address`), '')
      else if (reason !== undefined) answer(new Error(reason), '')
      else if (options.all === true) answer(null, addresses)
      else answer(null, first.address, first.family)
    })
  }
  try {
    // Redirects are not followed: a message goes where people said, nowhere else.
    const request = (protocol === 'https:' ? https : http).request(url, {
      method: 'POST',
      headers,
      lookup: checkedLookup,
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
    return error instanceof Error ? error.message : String(error)
  }
}
