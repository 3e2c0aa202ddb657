/** The project that everybody is in. */
export const DEFAULT_PROJECT = 'default'

/** The projects whose tunings somebody may see; null: all of them. */
export type Reach = readonly string[] | null

export function isWithin(reach: Reach, project: string): boolean {
  return reach === null || reach.includes(project)
}
