import { z } from 'zod'

/** The project that everybody is in. */
export const DEFAULT_PROJECT = 'default'

export const ProjectName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'small letters, digits, and - between them; 63 at most')
  .meta({ examples: ['ranking'] })

const Limit = z.int().min(0).max(100_000).nullable()

/** What a project may have at a time. */
export const Quotas = z.strictObject({
  devices: Limit.meta({
    description: 'Devices that its experiments may hold at a time; null: as many as there are.',
  }),
  runningTunings: Limit.meta({
    description: 'Tunings that may run at a time, paused ones left out; null: as many as are started.',
  }),
})
export type Quotas = z.infer<typeof Quotas>

/** The projects whose tunings somebody may see; null: all of them. */
export type Reach = readonly string[] | null

export function isWithin(reach: Reach, project: string): boolean {
  return reach === null || reach.includes(project)
}
