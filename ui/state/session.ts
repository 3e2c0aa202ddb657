import { createResource } from 'solid-js'
import { answer, api } from './api.ts'
import { settled } from './settled.ts'

/** Who looks at the page, read once. */
export const [session] = createResource(() => answer(api.GET('/api/v1/session')))

/** The projects that something may be made in, where there is a choice. */
export function projectChoice(): string[] {
  const projects = settled(session)?.user?.projects ?? []
  return projects.length > 1 ? projects : []
}
