import { stringify } from 'yaml'
import { z } from 'zod'
import type { Database } from '../database/connect.ts'
import { findExperiment } from '../database/experiments.ts'
import type { StoredTuning } from '../database/tunings.ts'
import { deployCommand } from '../engines/deploy.ts'

export const BestFormat = z.enum(['json', 'yaml', 'command'])
export type BestFormat = z.infer<typeof BestFormat>

/** Writes the best configuration so far as a document to deploy; null when there is none. */
export async function bestAsDocument(
  db: Database,
  tuning: StoredTuning,
  format: BestFormat,
): Promise<{ type: string; text: string } | null> {
  if (tuning.best_number === null) return null
  const experiment = await findExperiment(db, tuning.id, tuning.best_number)
  if (experiment === null) return null
  const configuration = { ...tuning.spec.engine.args, ...experiment.configuration }
  const command =
    experiment.conditions === null
      ? null
      : deployCommand(tuning.spec.engine.kind, configuration, experiment.conditions)
  const document = { experiment: experiment.number, configuration, command }
  switch (format) {
    case 'json':
      return { type: 'application/json', text: JSON.stringify(document) }
    case 'yaml':
      return { type: 'application/yaml', text: stringify(document, { lineWidth: 0 }) }
    case 'command':
      return command === null ? null : { type: 'text/plain', text: `${command}\n` }
  }
}
