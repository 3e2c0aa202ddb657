import { ApiError, createRedlineClient, unwrap, unwrapEmpty } from '../../client/client.ts'

/** The page comes from the API itself. */
export const BASE_URL = ''

export const api = createRedlineClient(BASE_URL)

/** Returns the data of an answer of the API; throws what the client's `unwrap` throws. */
export function answer<Data>(
  call: Promise<{ data?: Data; error?: unknown; response: Response }>,
): Promise<Data> {
  return unwrap(BASE_URL, call).catch(toSignIn)
}

/** The same for what nobody asked for: who is signed out stays where they are. */
export function quietAnswer<Data>(
  call: Promise<{ data?: Data; error?: unknown; response: Response }>,
): Promise<Data> {
  return unwrap(BASE_URL, call)
}

/** Returns an answer that has no content; throws for a problem. */
export function done(call: Promise<{ error?: unknown; response: Response }>): Promise<void> {
  return unwrapEmpty(BASE_URL, call).catch(toSignIn)
}

/** Where people sign in, and come back from to where they were. */
const SIGN_IN = '/sign-in'

/** The address of the sign-in that comes back to where one is. */
export function signInPath(): string {
  return `${SIGN_IN}?to=${encodeURIComponent(location.pathname + location.search)}`
}

let go = (path: string): void => location.assign(path)

/** Leads to the sign-in by the router from now on, so that what the page holds outlives it. */
export function leadBy(navigate: (path: string) => void): void {
  go = navigate
}

/** Somebody whose session is over is shown the way in. */
function toSignIn(error: unknown): never {
  if (isSignedOut(error) && location.pathname !== SIGN_IN) go(signInPath())
  throw error
}

/** Returns whether an error is the API's answer to somebody whom it does not know. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof ApiError && error.problem.status === 401
}

/** Returns whether an error says that nothing answered, the API or what it asks itself. */
export function isUnanswered(error: unknown): boolean {
  return error instanceof ApiError ? error.problem.status === 503 : error instanceof Error
}

/** Returns whether an error is the API's answer that there is no such thing. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.problem.status === 404
}

/** Returns whether an error is the API's answer that there is none yet. */
export function isNotYet(error: unknown): boolean {
  return error instanceof ApiError && error.problem.status === 409
}

/** The address of a file of the API, for links. */
export function apiPath(...parts: (string | number)[]): string {
  return `/api/v1/${parts.map((part) => encodeURIComponent(part)).join('/')}`
}
