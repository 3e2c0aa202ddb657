import { z } from 'zod'
import { BriefResult, type ExperimentBrief } from '../database/experiment-briefs.ts'
import type { ShownExperiment } from '../database/experiment-list.ts'
import type { ShownTuning } from '../database/tuning-list.ts'
import type { StoredTuning } from '../database/tunings.ts'
import {
  ConfirmationRole,
  ExperimentConditions,
  ExperimentKind,
  ExperimentResult,
  ExperimentStage,
  ExperimentState,
} from '../domain/experiment.ts'
import { EngineParameter } from '../domain/engine-parameter.ts'
import { JsonText } from '../domain/json-text.ts'
import { Configuration } from '../domain/parameter.ts'
import { Rule } from '../domain/rule.ts'
import { Space } from '../domain/space.ts'
import { experimentWorkflowId, tuningWorkflowId } from '../domain/temporal-names.ts'
import { Goal, TuningPhase, TuningSpec, TuningState } from '../domain/tuning.ts'
import { withoutSecrets } from '../domain/mask-secrets.ts'
import { bestFigure } from '../domain/history.ts'
import { OUTCOMES, Steps } from '../domain/outcomes.ts'
import { Verdict } from '../domain/report.ts'
import { BestFigure, Time } from './fields.ts'

/** A tuning as the API shows it. */
export const TuningView = z
  .object({
    id: z.string(),
    name: z.string(),
    project: z.string(),
    owner: z.string().nullable().meta({ description: 'Who started it; null where nobody had to sign in.' }),
    engine: z.string(),
    model: z.string(),
    state: TuningState,
    phase: TuningPhase,
    message: z.string().nullable().meta({ description: 'The outcome, or what went wrong.' }),
    createdAt: Time,
    startedAt: Time.nullable(),
    finishedAt: Time.nullable(),
    experiments: z.object({ planned: z.int(), completed: z.int(), failed: z.int(), budget: z.int() }),
    best: BestFigure.nullable(),
    baselineObjective: z.number().nullable(),
    gain: z.number().nullable().meta({
      description:
        'The ratio of the best over the baseline in the confirmation, above 1 for better; null where there was none. `verdict` says whether it is settled.',
    }),
    verdict: Verdict.nullable().meta({ description: 'That of the newest report; null before the first.' }),
    outcomes: z.string().meta({
      description: `A letter for each experiment, by number: ${Object.entries(OUTCOMES)
        .map(([letter, meaning]) => `${letter} ${meaning}`)
        .join(', ')}.`,
    }),
    steps: Steps.meta({
      description:
        'How the best has changed: its objective after so many experiments were over; null when nothing met the limits any more.',
    }),
    lastEvent: z.int().meta({ description: 'Number of the newest event.' }),
    temporalUrl: z.string().nullable().meta({ description: 'The workflow in Temporal Web.' }),
    spec: TuningSpec,
  })
  .meta({ id: 'Tuning' })

const ExperimentFields = z.object({
  number: z.int(),
  kind: ExperimentKind,
  role: ConfirmationRole.nullable(),
  pair: z.int().nullable(),
  confirms: z.int().nullable(),
  replaces: z.int().nullable(),
  excluded: z.boolean(),
  configuration: Configuration,
  state: ExperimentState,
  stage: ExperimentStage,
  attempt: z.int(),
  plannedAt: Time,
  startedAt: Time.nullable(),
  finishedAt: Time.nullable(),
  objective: z.number().nullable(),
  feasible: z.boolean().nullable(),
})

/** An experiment as the API shows it. */
export const ExperimentView = ExperimentFields.extend({
  reason: z.string(),
  result: ExperimentResult.nullable(),
  conditions: ExperimentConditions.nullable(),
  temporalUrl: z.string().nullable(),
}).meta({ id: 'Experiment' })

/** An experiment as a list shows it. */
export const ExperimentBriefView = ExperimentFields.extend({
  objective: z.number().nullable().meta({ description: 'To six digits.' }),
  result: BriefResult.nullable(),
  host: z.string().nullable(),
  devices: z.array(z.string()),
}).meta({ id: 'ExperimentBrief' })
export type ExperimentBriefView = z.infer<typeof ExperimentBriefView>

export const EngineView = z
  .object({
    kind: z.string(),
    title: z.string(),
    hosts: z
      .array(z.object({ host: z.string(), version: z.string().nullable() }))
      .meta({ description: 'Hosts that can run it now.' }),
    parameters: z
      .array(EngineParameter)
      .meta({ description: 'The built-in catalogue and what the installed versions list beyond it.' }),
    presets: z
      .record(
        Goal,
        z.object({
          description: z.string(),
          space: Space,
          rules: z.array(Rule),
          args: Configuration,
        }),
      )
      .meta({ description: 'Spaces to start from, by goal: `preset` of a request names one.' }),
  })
  .meta({ id: 'Engine' })
export type EngineView = z.infer<typeof EngineView>

/** Makes the address of a workflow in Temporal Web; null where no web UI is configured. */
export type WorkflowLink = (workflowId: string) => string | null

export function workflowLink(uiUrl: string | undefined, namespace: string): WorkflowLink {
  return (workflowId) =>
    uiUrl === undefined
      ? null
      : `${uiUrl.replace(/\/$/, '')}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}`
}

/** What is only shown has its times as texts. */
function time(at: Date | string): string
function time(at: Date | string | null): string | null
function time(at: Date | string | null): string | null {
  return at instanceof Date ? at.toISOString() : at
}

/** What a schema describes, some of it passed on as JSON. */
type Shown<Schema extends z.ZodType, Key extends keyof z.infer<Schema>> = Omit<z.infer<Schema>, Key> & {
  [Name in Key]: z.infer<Schema>[Name] | JsonText
}

export function tuningView(
  tuning: ShownTuning | StoredTuning,
  link: WorkflowLink,
): Shown<typeof TuningView, 'spec' | 'steps'> {
  const { id, name, project, owner, engine, model, state, phase, message, spec } = tuning
  const { best_number: number, best_objective: objective } = tuning
  return {
    id,
    name,
    project,
    owner,
    engine,
    model,
    state,
    phase,
    message,
    createdAt: time(tuning.created_at),
    startedAt: time(tuning.started_at),
    finishedAt: time(tuning.finished_at),
    experiments: {
      planned: tuning.planned_count,
      completed: tuning.completed_count,
      failed: tuning.failed_count,
      budget: tuning.budget_experiments,
    },
    best: bestFigure(number, objective),
    baselineObjective: tuning.baseline_objective,
    gain: tuning.gain,
    verdict: tuning.verdict,
    outcomes: tuning.outcomes,
    steps: tuning.steps,
    lastEvent: tuning.last_seq,
    temporalUrl: link(tuningWorkflowId(id)),
    spec: spec instanceof JsonText ? spec : withoutSecrets(spec),
  }
}

export function experimentView(
  experiment: ShownExperiment,
  link: WorkflowLink,
): Shown<typeof ExperimentView, 'configuration' | 'result' | 'conditions'> {
  const { tuning_id, number, kind, role, pair, confirms, replaces, excluded, configuration, reason, state } =
    experiment
  const { stage, attempt, planned_at, started_at, finished_at, objective, feasible, result, conditions } =
    experiment
  // Named one by one: to copy all but some takes a sixth of the CPU of a list.
  return {
    number,
    kind,
    role,
    pair,
    confirms,
    replaces,
    excluded,
    configuration,
    reason,
    state,
    stage,
    attempt,
    plannedAt: planned_at,
    startedAt: started_at,
    finishedAt: finished_at,
    objective,
    feasible,
    result,
    conditions,
    temporalUrl: link(experimentWorkflowId(tuning_id, number)),
  }
}

/** Digits beyond these are noise of the measurement, and hard to compress. */
const BRIEF_DIGITS = 6
const brief = (value: number) => Number(value.toPrecision(BRIEF_DIGITS))

export function experimentBriefView(experiment: ExperimentBrief): ExperimentBriefView {
  const { planned_at, started_at, finished_at, objective, result, ...rest } = experiment
  return {
    ...rest,
    plannedAt: time(planned_at),
    startedAt: time(started_at),
    finishedAt: time(finished_at),
    objective: objective === null ? null : brief(objective),
    result:
      result?.status === 'measured'
        ? {
            ...result,
            constraints: result.constraints.map((check) => ({
              ...check,
              value: check.value === null ? null : brief(check.value),
            })),
          }
        : result,
  }
}
