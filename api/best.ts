import { stringify } from 'yaml'
import { z } from 'zod'
import type { Database } from '../database/connect.ts'
import { findExperiment, type StoredExperiment } from '../database/experiments.ts'
import type { StoredTuning } from '../database/tunings.ts'
import type { TuningSpec } from '../domain/tuning.ts'
import { deployCommand } from '../engines/deploy.ts'
import { ENGINES } from '../engines/index.ts'
import { composeFile } from '../report/compose.ts'
import { deploymentOf, type Deployment } from '../report/deployment.ts'
import { helmValues } from '../report/helm-values.ts'
import { kubernetesManifest } from '../report/kubernetes.ts'
import { HttpProblem } from './problems.ts'

export const BestFormat = z.enum(['json', 'yaml', 'command', 'compose', 'kubernetes', 'helm'])
export type BestFormat = z.infer<typeof BestFormat>

/** Something to hand out, with its media type. */
export interface WrittenFile {
  type: string
  text: string
  /** What to save it as; without it, it is to be read at once. */
  fileName?: string
}

const YAML = 'application/yaml'

/** Writes the best configuration so far as a document to deploy; throws a 409 that says why there is none. */
export async function bestAsDocument(
  db: Database,
  { id, spec, best_number }: StoredTuning,
  format: BestFormat,
): Promise<WrittenFile> {
  const experiment = best_number === null ? null : await findExperiment(db, id, best_number)
  if (experiment === null) throw new HttpProblem(409, 'nothing that meets every limit has been measured yet')
  const written = asDocument(spec, experiment, format)
  if (written !== null) return written
  const { program, title } = ENGINES[spec.engine.kind]
  throw new HttpProblem(
    409,
    program === null
      ? `${title}: Redline starts no server of it, so that there is none to deploy`
      : 'how it was started is not known',
  )
}

function asDocument(spec: TuningSpec, experiment: StoredExperiment, format: BestFormat): WrittenFile | null {
  const { conditions } = experiment
  const configuration = { ...spec.engine.args, ...experiment.configuration }
  const command = conditions === null ? null : deployCommand(spec.engine.kind, configuration, conditions)
  const document = { experiment: experiment.number, configuration, command }
  const container = (write: (deployment: Deployment) => string, fileName: string) => {
    const deployment = conditions === null ? null : deploymentOf(spec, experiment.configuration, conditions)
    return deployment === null ? null : { type: YAML, text: write(deployment), fileName }
  }
  switch (format) {
    case 'json':
      return { type: 'application/json', text: JSON.stringify(document) }
    case 'yaml':
      return { type: YAML, text: stringify(document, { lineWidth: 0 }) }
    case 'command':
      return command === null ? null : { type: 'text/plain', text: `${command}\n` }
    case 'compose':
      return container(composeFile, 'compose.yaml')
    case 'kubernetes':
      return container(kubernetesManifest, 'kubernetes.yaml')
    case 'helm':
      return container(helmValues, 'values.yaml')
  }
}
