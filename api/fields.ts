import { z } from 'zod'
import { DEFAULT_PROJECT } from '../domain/project.ts'

/** A moment, in UTC. */
export const Time = z.iso.datetime()

/** The project that something is made in. */
export const InProject = z.strictObject({ project: z.string().default(DEFAULT_PROJECT) })

/** The id in a path. */
export const Id = z.object({ id: z.string() })

/** An experiment and its objective. */
export const BestFigure = z.object({ number: z.int(), objective: z.number() })
