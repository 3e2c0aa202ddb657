import { createContext, useContext } from 'solid-js'
import type { RequestStore } from '../state/request-store.ts'

export const RequestContext = createContext<RequestStore>()

/** The request that the form around a component writes. */
export function useRequest(): RequestStore {
  const request = useContext(RequestContext)
  if (request === undefined) throw new Error('useRequest() outside of a RequestContext')
  return request
}
