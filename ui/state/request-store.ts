import { createEffect, createSignal, on, onCleanup, type Accessor } from 'solid-js'
import { ApiError, type Schemas, type Tuning, type TuningSpec } from '../../client/client.ts'
import type { ProblemError } from '../../domain/problem.ts'
import { answer, api } from './api.ts'
import { createGoalFill, type GoalFill } from './goal-fill.ts'
import type { InitialRequest } from './initial-request.ts'
import { valueAt, withValue, type Json, type JsonObject } from './request-draft.ts'

const CHECK_AFTER_MS = 350

/** What the API says of the request. */
export type Check =
  | { state: 'checking' }
  | { state: 'right'; estimate: Schemas['Estimate'] }
  | { state: 'wrong'; errors: ProblemError[]; detail: string }
  | { state: 'unreachable'; error: unknown }

export interface RequestStore {
  draft: Accessor<JsonObject>
  read(pointer: string): Json | undefined
  write(pointer: string, value: Json | undefined): void
  /** Fills the space for a goal. */
  goalFill: GoalFill
  /** YAML that is being written; null while the draft says all of it. */
  yaml: Accessor<string | null>
  /** Takes YAML with what it means, or with what is wrong with it. */
  setYaml(text: string, read: JsonObject | string): void
  yamlError: Accessor<string | null>
  check: Accessor<Check>
  /** The newest estimate, also while a change is checked. */
  estimate: Accessor<Schemas['Estimate'] | null>
  /** The newest problems, also while a change is checked. */
  errors: Accessor<ProblemError[]>
  /** The project that it is started in. */
  project: Accessor<string>
  setProject(name: string): void
  submit(): Promise<Tuning>
}

/** Holds a request that is being written; form and YAML are two views of it. */
export function createRequestStore(initial: InitialRequest): RequestStore {
  const [draft, setDraft] = createSignal(initial.request)
  const [yaml, setYamlText] = createSignal<string | null>(null)
  const [yamlError, setYamlError] = createSignal<string | null>(null)
  const [check, setCheck] = createSignal<Check>({ state: 'checking' })
  const [estimate, setEstimate] = createSignal<Schemas['Estimate'] | null>(null)
  const [errors, setErrors] = createSignal<ProblemError[]>([])
  const [project, setProject] = createSignal(initial.project)
  const idempotencyKey = randomKey()

  function replace(next: JsonObject): void {
    setDraft(next)
    setYamlText(null)
    setYamlError(null)
  }

  createEffect(
    on([draft, project], ([request, name]) => {
      setCheck({ state: 'checking' })
      let over = false
      const timer = setTimeout(() => {
        void checkRequest(request, name).then((checked) => {
          if (over) return
          setCheck(checked)
          setErrors(checked.state === 'wrong' ? checked.errors : [])
          if (checked.state === 'right') setEstimate(checked.estimate)
        })
      }, CHECK_AFTER_MS)
      onCleanup(() => {
        over = true
        clearTimeout(timer)
      })
    }),
  )

  return {
    draft,
    read: (pointer) => valueAt(draft(), pointer),
    write: (pointer, value) => replace(withValue(draft(), pointer, value)),
    goalFill: createGoalFill(draft, replace),
    yaml,
    setYaml(text, read) {
      setYamlText(text)
      if (typeof read === 'string') return void setYamlError(read)
      setYamlError(null)
      setDraft(read)
    },
    yamlError,
    check,
    estimate,
    errors,
    project,
    setProject,
    submit: () =>
      answer(
        api.POST('/api/v1/tunings', {
          body: asRequest(draft()),
          params: { header: { 'idempotency-key': idempotencyKey }, query: { project: project() } },
        }),
      ),
  }
}

async function checkRequest(request: JsonObject, project: string): Promise<Check> {
  try {
    const params = { query: { project } }
    const estimate = await answer(api.POST('/api/v1/tunings/check', { body: asRequest(request), params }))
    return { state: 'right', estimate }
  } catch (error) {
    if (!(error instanceof ApiError)) return { state: 'unreachable', error }
    const { errors, detail } = error.problem
    return { state: 'wrong', errors: errors ?? [], detail }
  }
}

/** What is wrong with a request the API says, with the place of each problem: here it may be anything. */
function asRequest(request: JsonObject): TuningSpec {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
  return request as unknown as TuningSpec
}

/** Pages of plain HTTP have no randomUUID. */
function randomKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
}
