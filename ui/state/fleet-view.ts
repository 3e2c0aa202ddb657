import type { Fleet } from '../../client/client.ts'

type Host = Fleet['hosts'][number]
export type Holding = Fleet['held'][number]

/** A device of a host and who holds it; a thing that is held but is no device, such as an endpoint, has no `device`. */
export interface Place {
  id: string
  device: Host['devices'][number] | null
  holding: Holding | null
}

/** Lists the devices of a host with who holds them, then what else is held there. Pure. */
export function placesOf(host: Host, held: Holding[]): Place[] {
  const here = held.filter((holding) => holding.host === host.name)
  const known = new Set(host.devices.map(({ id }) => id))
  return [
    ...host.devices.map((device) => ({
      id: device.id,
      device,
      holding: here.find((holding) => holding.device === device.id) ?? null,
    })),
    ...here
      .filter(({ device }) => !known.has(device))
      .map((holding) => ({ id: holding.device, device: null, holding })),
  ]
}

/** Whether a host takes new experiments, finishes what it has, or has not been heard of. */
export function hostState({ alive, draining }: Host): 'alive' | 'draining' | 'gone' {
  return !alive ? 'gone' : draining ? 'draining' : 'alive'
}

/** Counts devices of hosts that are alive, and how many of them are held. Pure. */
export function deviceCounts({ hosts, held }: Fleet): { devices: number; held: number } {
  const places = hosts
    .filter(({ alive }) => alive)
    .flatMap((host) => placesOf(host, held))
    .filter(({ device }) => device !== null)
  return { devices: places.length, held: places.filter(({ holding }) => holding !== null).length }
}

/** Returns the ids of the tunings that hold something or wait, as far as one may see them. Pure. */
export function tuningsOf({ held, queue }: Fleet): string[] {
  return [...new Set([...held, ...queue].flatMap(({ tuningId }) => tuningId ?? []))]
}
