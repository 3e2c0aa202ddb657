import { createResource } from 'solid-js'
import { allows, type Role } from '../../domain/access.ts'
import { answer, api } from './api.ts'
import { takeDraftsBack } from './kept-drafts.ts'
import { settled } from './settled.ts'

/** Who looks at the page, read once and after a sign-in. */
export const [session, { refetch: readSession }] = createResource(async () => {
  const read = await answer(api.GET('/api/v1/session'))
  if (read.user !== null) takeDraftsBack(read.user.name)
  return read
})

/** Returns whether who looks at the page may do what a role is needed for; while that is not known, it is offered. */
export function may(needed: Role): boolean {
  const role = settled(session)?.user?.role
  return role === undefined || allows(role, needed)
}

/** The projects that something may be made in, where there is a choice. */
export function projectChoice(): string[] {
  const projects = settled(session)?.user?.projects ?? []
  return projects.length > 1 ? projects : []
}
