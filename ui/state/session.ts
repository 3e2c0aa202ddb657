import { createResource } from 'solid-js'
import { answer, api } from './api.ts'

/** Who looks at the page, read once. */
export const [session] = createResource(() => answer(api.GET('/api/v1/session')))
