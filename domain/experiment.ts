import { z } from 'zod'
import { checkConstraints, ConstraintCheck, type Constraint } from './constraint.ts'
import { Diagnosis } from './diagnosis.ts'
import { MachineRecord } from './machine-record.ts'
import { Measurement } from './measurement.ts'
import { Configuration } from './parameter.ts'
import { ServerCheck } from './server-check.ts'

export const ExperimentKind = z.enum(['baseline', 'search', 'manual', 'confirmation'])
export type ExperimentKind = z.infer<typeof ExperimentKind>

export const ExperimentState = z.enum(['running', 'completed', 'failed', 'cancelled'])
export type ExperimentState = z.infer<typeof ExperimentState>

export const ExperimentStage = z.enum([
  'waiting',
  'starting',
  'loading',
  'warming',
  'measuring',
  'recording',
  'stopping',
  'done',
])
export type ExperimentStage = z.infer<typeof ExperimentStage>

/** Which configuration an experiment of the confirmation repeats. */
export const ConfirmationRole = z.enum(['best', 'baseline'])
export type ConfirmationRole = z.infer<typeof ConfirmationRole>

/** What to try, and why: made by the search or the tuning, never changed afterwards. */
export const ExperimentPlan = z.object({
  number: z.int().min(0),
  kind: ExperimentKind,
  configuration: Configuration,
  reason: z.string().meta({ description: 'Why this configuration was tried.' }),
  role: ConfirmationRole.nullable(),
  pair: z
    .int()
    .nullable()
    .meta({ description: 'In the confirmation: which pair it belongs to; a pair shares its prompts.' }),
  confirms: z
    .int()
    .nullable()
    .meta({ description: 'In the confirmation: the experiment that is compared with the baseline.' }),
  replaces: z
    .int()
    .nullable()
    .meta({ description: 'The experiment that this one repeats, to stand in for it.' }),
  hurdle: z.number().nullable().meta({
    description:
      'What the objective must still be able to reach, or the measurement is cut short; null: it is taken to the end.',
  }),
})
export type ExperimentPlan = z.infer<typeof ExperimentPlan>

/** What came of an experiment. */
export const ExperimentResult = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('measured'),
    measurement: Measurement,
    constraints: z.array(ConstraintCheck),
  }),
  z.object({ status: z.literal('failed'), diagnosis: Diagnosis }),
])
export type ExperimentResult = z.infer<typeof ExperimentResult>

/** Conditions of an experiment that a reader needs to judge its figures or repeat it. */
export const ExperimentConditions = z.object({
  host: z.string(),
  devices: z.array(z.string()),
  engineVersion: z.string().nullable(),
  imageDigest: z.string().optional().meta({
    description:
      "The container's image: its name and digest in the registry, or the id of one built on the host.",
  }),
  model: z.string().meta({ description: 'The model as the engine was given it.' }),
  command: z.array(z.string()).meta({ description: 'The command line, as executed.' }),
  attempts: z.int().meta({ description: 'Engine starts that it took.' }),
  reportedVersion: z.string().nullable().optional().meta({
    description: 'The version as the running engine says it; null when it does not.',
  }),
  modelHash: z.string().nullable().optional().meta({
    description:
      'sha256:... of the model file, or sha256-sampled:... of its length and 64 pieces when it is large; null for a model that is no file.',
  }),
  machine: MachineRecord.nullable().optional().meta({ description: 'The machine during the measurement.' }),
  server: ServerCheck.nullable().optional().meta({
    description: "The engine's own counts beside the client's; null when it has none.",
  }),
  repeats: z.array(z.string()).optional().meta({
    description: 'Why measurements before this one, on the same engine, were not taken.',
  }),
})
export type ExperimentConditions = z.infer<typeof ExperimentConditions>

/** Judges a measurement by the SLO; failed requests count as infinitely late. */
export function judge(measurement: Measurement, constraints: Constraint[]): ExperimentResult {
  const { cutShort, metricsWithFailures } = measurement
  const checks = checkConstraints(constraints, metricsWithFailures)
  if (cutShort === undefined) return { status: 'measured', measurement, constraints: checks }
  // Cut short, it shows nothing of the other limits.
  const broken = checks
    .filter(
      ({ metric, limit }) =>
        cutShort.of === 'constraint' && metric === cutShort.metric && limit === cutShort.limit,
    )
    .map((check) => ({ ...check, holds: false }))
  return { status: 'measured', measurement, constraints: broken }
}
