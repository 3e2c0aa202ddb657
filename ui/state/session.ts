import { createResource } from 'solid-js'
import { answer, api } from './api.ts'
import { takeDraftsBack } from './kept-drafts.ts'
import { settled } from './settled.ts'

/** Who looks at the page, read once and after a sign-in. */
export const [session, { refetch: readSession }] = createResource(async () => {
  const read = await answer(api.GET('/api/v1/session'))
  if (read.user !== null) takeDraftsBack(read.user.name)
  return read
})

/** The projects that something may be made in, where there is a choice. */
export function projectChoice(): string[] {
  const projects = settled(session)?.user?.projects ?? []
  return projects.length > 1 ? projects : []
}
