import type { Resource } from 'solid-js'

/** The newest value of a resource; undefined before it and after an error, without waking a suspense boundary. */
export function settled<Data>(resource: Resource<Data>): Data | undefined {
  return resource.state === 'ready' || resource.state === 'refreshing' ? resource.latest : undefined
}

/** What went wrong with a resource. */
export function failure(resource: Resource<unknown>): unknown {
  return resource.error
}
