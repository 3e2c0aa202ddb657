import type { Fleet } from '../../client/client.ts'
import { pairsText } from '../../domain/configuration-text.ts'
import { exclusiveOf } from '../../domain/exclusive.ts'

/** Names what can be held: a device by its id, an endpoint by its address. */
export function placeText(id: string): string {
  const address = exclusiveOf(id)
  return address === null ? id : endpointText(address)
}

function endpointText(address: string): string {
  return `endpoint ${address}`
}

/** Writes what an experiment asks of a host: `2 devices, vllm by docker, gpu=h100`. */
export function leaseText(request: Fleet['queue'][number]['request']): string {
  const { engine, runtime, devices, labels, exclusive } = request
  const things =
    exclusive !== null
      ? endpointText(exclusive)
      : devices === 1
        ? '1 device'
        : `${devices === 0 ? 'no' : devices} devices`
  return [things, `${engine} by ${runtime}`, pairsText(labels)].filter((part) => part !== '').join(', ')
}
