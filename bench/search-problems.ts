import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'

export const SEARCH_PROBLEMS = ['p0-table-smoke', 'p1-vllm-8b-chat', 'p6-llamacpp-edge', 'p8-vllm-32b-pareto']

/** What the evaluator answers, and what it knows without noise. */
const Answer = z.discriminatedUnion('status', [
  z.object({ status: z.literal('ok'), metrics: z.record(z.string(), z.number()), cost_s: z.number() }),
  z.object({
    status: z.literal('failed'),
    error: z.string(),
    stage: z.string(),
    cost_s: z.number(),
  }),
])
export type Answer = z.infer<typeof Answer>

type Configuration = Record<string, unknown>

interface Evaluator {
  evaluate(configuration: Configuration, seed: number, n: number): unknown
  truth(configuration: Configuration): unknown
  values(metrics: Record<string, number>): number[]
  violation(metrics: Record<string, number>): number[]
  spec: unknown
}

const Values = z.array(z.number())

/** The known optimum: a value, or a front with the corners of its hypervolume. */
const Optimum = z.union([
  z.object({ value: z.number() }),
  z.object({ front: z.array(z.object({ values: Values })), reference: Values, ideal: Values }),
])
export type Optimum = z.infer<typeof Optimum>

export interface SearchBenchProblem {
  id: string
  spec: unknown
  /** 1 where more is better, -1 where less is, per objective. */
  signs: number[]
  optimum: Optimum
  evaluate(configuration: Configuration, seed: number, n: number): Answer
  /** The objectives without noise; null when it fails or breaks a constraint by more than 1 %. */
  truth(configuration: Configuration): number[] | null
  /** The objectives as observed; null when a constraint does not hold. */
  observed(metrics: Record<string, number>): number[] | null
}

/** Returns the folder of the problems: the one given, or `shared/search-problems` beside the checkout. */
export function problemsFolder(given: string | undefined): string {
  const beside = ['..', '../..'].map((up) => resolve(import.meta.dirname, '..', up, 'shared/search-problems'))
  const folder = given ?? beside.find((candidate) => existsSync(candidate))
  if (folder === undefined || !existsSync(folder))
    throw new Error('no problems found: name their folder with --problems DIR')
  return resolve(folder)
}

export async function loadProblem(folder: string, id: string): Promise<SearchBenchProblem> {
  const module: unknown = await import(pathToFileURL(join(folder, 'evaluator.mjs')).href)
  const isEvaluator = (value: unknown): value is new (id: string) => Evaluator => typeof value === 'function'
  const { Problem } = z
    .object({ Problem: z.custom<new (id: string) => Evaluator>(isEvaluator) })
    .parse(module)
  const evaluator = new Problem(id)
  const model: unknown = JSON.parse(readFileSync(join(folder, 'problems', id, 'model.json'), 'utf8'))
  const { optimum } = z.object({ optimum: Optimum }).parse(model)
  const { objectives } = z
    .object({ objectives: z.array(z.object({ direction: z.string() })) })
    .parse(evaluator.spec)
  const within = (metrics: Record<string, number>, tolerance: number) =>
    evaluator.violation(metrics).every((violation) => violation <= tolerance)
      ? evaluator.values(metrics)
      : null
  return {
    id,
    spec: evaluator.spec,
    signs: objectives.map(({ direction }) => (direction === 'maximize' ? 1 : -1)),
    optimum,
    evaluate: (configuration, seed, n) => Answer.parse(evaluator.evaluate(configuration, seed, n)),
    truth: (configuration) => {
      const answer = Answer.parse(evaluator.truth(configuration))
      return answer.status === 'ok' ? within(answer.metrics, 0.01) : null
    },
    observed: (metrics) => within(metrics, 0),
  }
}

const Baseline = z.object({
  problem: z.string(),
  algo: z.string(),
  seeds: z.number(),
  fail: z.number(),
  cost_h: z.number(),
  suggest_s: z.number().nullable(),
  median_curve: z.array(z.number()),
  gap20: z.number(),
  gap20_p90: z.number(),
  gap40: z.number(),
  gap40_p90: z.number(),
  gap80: z.number(),
  gap80_p90: z.number(),
})
export type Baseline = z.infer<typeof Baseline>

export function loadBaselines(folder: string): Baseline[] {
  return z.array(Baseline).parse(JSON.parse(readFileSync(join(folder, 'baselines.json'), 'utf8')))
}
