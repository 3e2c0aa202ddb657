import { z } from 'zod'

/** A network as CIDR writes it: 10.0.0.0/8, fd00::/8. */
export const Network = z
  .union([z.cidrv4(), z.cidrv6()], { error: 'a network is written like 10.0.0.0/8 or fd00::/8' })
  .transform((text) => {
    const [address = '', prefix = ''] = text.split('/')
    return { address, prefix: Number(prefix) }
  })
export type Network = z.infer<typeof Network>

/** Returns whether an address can be reached from this machine alone. */
export function isLoopback(address: string): boolean {
  return address === 'localhost' || address === '::1' || /^127\./.test(address)
}
