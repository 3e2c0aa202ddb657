import { z } from 'zod'

/** A moment, in UTC. */
export const Time = z.iso.datetime()

/** The id in a path. */
export const Id = z.object({ id: z.string() })

/** An experiment and its objective. */
export const BestFigure = z.object({ number: z.int(), objective: z.number() })
