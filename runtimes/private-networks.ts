import { lookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import type { Network } from '../domain/network.ts'

type Subnet = [address: string, prefix: number]

/** What is not of the public internet: IANA's registries of special-purpose addresses (RFC 6890). */
const NOT_PUBLIC_4: Subnet[] = [
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
]
const NOT_PUBLIC_6: Subnet[] = [
  ['::', 128],
  ['::1', 128],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['::ffff:0:0:0', 96],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
]
const NOT_PUBLIC = listOf(...NOT_PUBLIC_4, ...NOT_PUBLIC_4.flatMap(carriedByIpv6), ...NOT_PUBLIC_6)

/** The IPv6 networks that a router may take to an IPv4 one: IPv4-compatible addresses and 6to4 (RFC 4291, 3056). */
function carriedByIpv6([address, prefix]: Subnet): Subnet[] {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number)
  const sixToFour = `2002:${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}::`
  return [
    [`::${address}`, 96 + prefix],
    [sixToFour, 16 + prefix],
  ]
}

function listOf(...networks: Subnet[]): BlockList {
  const list = new BlockList()
  for (const [address, prefix] of networks) list.addSubnet(address, prefix, familyOf(address))
  return list
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4'
}

/** An address is in a private network that must not be reached. */
export class PrivateNetworkError extends Error {}

/**
 * Returns how to connect to the host of a URL: private networks but those given are refused by the very address that is
 * connected to, so that a name that changes gains nothing. Null allows all.
 *
 * @throws {PrivateNetworkError} for an address; for a name the lookup fails with it.
 */
export function guardedPlace(
  { hostname }: URL,
  networks: readonly Network[] | null,
): { host: string; lookup: LookupFunction } {
  const refusal = networks === null ? () => null : refusalBy(networks)
  // An IPv6 address stands in brackets in a URL.
  const host = hostname.replace(/^\[|\]$/g, '')
  const refused = isIP(host) === 0 ? null : refusal(host)
  if (refused !== null) throw refused
  return {
    host,
    lookup: (name, options, answer) => {
      lookup(name, { ...options, all: true }, (error, addresses) => {
        const [first] = addresses ?? []
        const reason = (addresses ?? []).map(({ address }) => refusal(address)).find((why) => why !== null)
        if (error !== null || first === undefined) answer(error ?? new Error(`${name} has no address`), '')
        else if (reason !== undefined) answer(reason, '')
        else if (options.all === true) answer(null, addresses)
        else answer(null, first.address, first.family)
      })
    },
  }
}

function refusalBy(networks: readonly Network[]): (address: string) => PrivateNetworkError | null {
  const allowed = listOf(...networks.map(({ address, prefix }): Subnet => [address, prefix]))
  return (address) => {
    const family = familyOf(address)
    if (!NOT_PUBLIC.check(address, family) || allowed.check(address, family)) return null
    return new PrivateNetworkError(
      `${address} is in a private network: REDLINE_PRIVATE_NETWORKS says which may be reached`,
    )
  }
}
