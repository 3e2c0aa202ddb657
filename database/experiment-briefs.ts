import { sql } from 'kysely'
import { z } from 'zod'
import { ConstraintCheck } from '../domain/constraint.ts'
import { CutShort } from '../domain/cut-short.ts'
import { DiagnosisKind } from '../domain/diagnosis.ts'
import { Configuration } from '../domain/parameter.ts'
import type { Connection } from './connect.ts'
import type { StoredExperiment } from './experiments.ts'

/** What a list shows of a result; the whole of it is a hundred times as large. */
export const BriefResult = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('measured'),
    constraints: z.array(ConstraintCheck),
    clientLimited: z.boolean(),
    cutShort: CutShort.nullable(),
  }),
  z.object({
    status: z.literal('failed'),
    diagnosis: z.object({ kind: DiagnosisKind, summary: z.string(), evidence: z.string().nullable() }),
  }),
])
export type BriefResult = z.infer<typeof BriefResult>

export type ExperimentBrief = Omit<
  StoredExperiment,
  'tuning_id' | 'reason' | 'hurdle' | 'result' | 'conditions'
> & {
  result: BriefResult | null
  host: string | null
  devices: string[]
}

const Devices = z.array(z.string()).nullable()

/** Lists the experiments of a tuning by number, each with what a list shows: light enough for thousands. */
export async function listBriefs(db: Connection, tuningId: string): Promise<ExperimentBrief[]> {
  const rows = await db
    .selectFrom('experiments')
    .select(['number', 'kind', 'configuration', 'role', 'pair', 'confirms', 'replaces', 'excluded'])
    .select(['state', 'stage', 'attempt', 'planned_at', 'started_at', 'finished_at', 'objective', 'feasible'])
    .select([
      sql<unknown>`case result->>'status'
        when 'measured' then json_build_object(
          'status', 'measured',
          'constraints', result->'constraints',
          'clientLimited', result->'measurement'->'clientLimited',
          'cutShort', result->'measurement'->'cutShort')
        when 'failed' then json_build_object(
          'status', 'failed',
          'diagnosis', json_build_object(
            'kind', result->'diagnosis'->'kind',
            'summary', result->'diagnosis'->'summary',
            'evidence', result->'diagnosis'->'evidence'))
        end`.as('result'),
      sql<string | null>`conditions->>'host'`.as('host'),
      sql<unknown>`conditions->'devices'`.as('devices'),
    ])
    .where('tuning_id', '=', tuningId)
    .orderBy('number')
    .execute()
  return rows.map((row) => ({
    ...row,
    configuration: Configuration.parse(row.configuration),
    result: row.result === null ? null : BriefResult.parse(row.result),
    devices: Devices.parse(row.devices) ?? [],
  }))
}
