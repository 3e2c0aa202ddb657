import { z } from 'zod'
import { findExperiment } from '../../database/experiments.ts'
import { TuningGoneError, withPlace } from '../../database/projects.ts'
import type { StoredTuning } from '../../database/tunings.ts'
import { ACTIONS, TuningAction, type ActionRequest } from '../../domain/action.ts'
import { forbiddenParameters } from '../../domain/allowed.ts'
import { ACTION_NAMES, refusal, startsAgain, type ActionName } from '../../domain/action-rules.ts'
import type { Configuration } from '../../domain/parameter.ts'
import { jsonPointer } from '../../domain/problem.ts'
import { checkTypes, ruleChecker } from '../../domain/space.ts'
import { isFinished } from '../../domain/tuning-state.ts'
import { checkConfiguration } from '../../engines/check.ts'
import { ActionRefusedError, actOnTuning } from '../../temporal/tunings.ts'
import { installedCatalogue } from '../check.ts'
import { tuningOr404, type ApiContext } from '../context.ts'
import { noTuningNow } from '../missing.ts'
import { HttpProblem } from '../problems.ts'
import { refuseBeyondQuota } from '../quota.ts'
import { route, type Route } from '../route.ts'
import { TuningView, tuningView } from '../views.ts'

const Asked = {
  by: z
    .string()
    .max(100)
    .default('api')
    .meta({ description: 'Who asks, for the events, where nobody needs to sign in; else it is who did.' }),
  reason: z.string().max(500).nullable().default(null),
}

/** The body of an action's request: its arguments, who asks and why. */
function bodyOf(
  name: ActionName,
): z.ZodType<{ by: string; reason: string | null } & Record<string, unknown>> {
  return z.prefault(ACTIONS[name].safeExtend(Asked), {})
}

const ActionResult = z
  .object({
    tuning: TuningView,
    experiment: z.int().nullable().meta({ description: 'The experiment that the action planned.' }),
  })
  .meta({ id: 'ActionResult' })

const WORDS: Record<ActionName, { summary: string; done: string }> = {
  pause: {
    summary: 'Pause a tuning',
    done: 'Paused: running experiments finish or are stopped, none is started',
  },
  resume: {
    summary: 'Resume a tuning, also one that was cancelled or has failed',
    done: 'Running again, from its history',
  },
  cancel: { summary: 'Cancel a tuning', done: 'Being cancelled: experiments are stopped and results kept' },
  finish: {
    summary: 'Finish a tuning now',
    done: 'The search is over: the best so far is confirmed and reported',
  },
  extend: { summary: 'Extend the budget, also of a finished tuning', done: 'The search goes on' },
  add: { summary: 'Try a configuration of your own', done: 'Planned' },
  rerun: { summary: 'Run an experiment again, in place of the first try', done: 'Planned' },
  exclude: { summary: 'Take an experiment out of the competition, or in again', done: 'Changed' },
  adjust: { summary: 'Change priority or parallelism', done: 'Changed' },
}

/** How long Temporal may take to hand an action to the workflow. */
const PATIENCE_MS = 10_000

export function actionRoutes({ db, client, link, log, allowed }: ApiContext): Route[] {
  return ACTION_NAMES.map((name) =>
    route({
      method: 'post',
      path: `/tunings/:id/${name}`,
      operationId: `${name}Tuning`,
      tag: 'Tunings',
      summary: WORDS[name].summary,
      params: z.object({ id: z.string() }),
      body: bodyOf(name),
      responses: { 200: { description: WORDS[name].done, schema: ActionResult } },
      problems: [404, 409, 503],
      async handle({ params: { id }, body: { by: said, reason, ...given }, who }) {
        const by = who.by === 'loopback' ? said : who.name
        const tuning = await tuningOr404(db, id)
        const refused = refusal(name, tuning.state)
        if (refused !== null) throw new HttpProblem(409, refused)
        const what = TuningAction.parse({ action: name, arguments: given })
        await checkAction(tuning, what)
        const act = () => perform(tuning, { what, by, reason })
        const { experiment } = startsAgain(name, tuning.state)
          ? await withPlace(db, tuning, act).catch((error: unknown) =>
              error instanceof TuningGoneError ? noTuningNow(db, id) : refuseBeyondQuota(error),
            )
          : await act()
        return {
          status: 200,
          body: { tuning: tuningView(await tuningOr404(db, id), link), experiment },
        }
      },
    }),
  )

  async function perform(
    tuning: StoredTuning,
    request: ActionRequest,
  ): Promise<{ experiment: number | null }> {
    const finished = isFinished(tuning.state)
    try {
      return await client.withDeadline(Date.now() + PATIENCE_MS, () =>
        actOnTuning(client, { ...tuning, finished }, request),
      )
    } catch (error) {
      // Of one that was deleted meanwhile nobody answers.
      await tuningOr404(db, tuning.id)
      if (error instanceof ActionRefusedError) throw new HttpProblem(409, error.message)
      log.warn({ err: error, tuning: tuning.id }, `${request.what.action} failed`)
      throw new HttpProblem(
        503,
        'the workflow does not answer: no worker runs, or Temporal is away. What was asked for may be done once it answers; to ask again does it once',
      )
    }
  }

  /** Throws what is wrong with an action for this tuning. */
  async function checkAction(tuning: StoredTuning, what: TuningAction): Promise<void> {
    if (what.action === 'add') return checkAdded(tuning, what.arguments.configuration)
    if (what.action === 'extend' && what.arguments.time !== undefined && !tuning.spec.budget.time) {
      const message = 'this tuning has no time budget: extend its experiments'
      throw new HttpProblem(422, message, [{ pointer: '/time', message }])
    }
    if (what.action !== 'rerun' && what.action !== 'exclude') return
    const { experiment: number } = what.arguments
    const experiment = await findExperiment(db, tuning.id, number)
    const message =
      experiment === null
        ? `there is no experiment ${number}: the tuning has ${tuning.planned_count}, from 0 on`
        : experiment.state === 'running'
          ? `experiment ${number} still runs`
          : what.action === 'exclude' && experiment.kind === 'baseline'
            ? 'the baseline is what all is compared with: run it again instead'
            : null
    if (message !== null) throw new HttpProblem(422, message, [{ pointer: '/experiment', message }])
  }

  async function checkAdded({ spec }: StoredTuning, configuration: Configuration): Promise<void> {
    const catalogue = await installedCatalogue(db, spec.engine.kind)
    const findings = [
      ...checkConfiguration(spec.engine, ['configuration'], configuration, catalogue),
      ...forbiddenParameters(configuration, ['configuration'], allowed),
      ...checkTypes(spec.space, configuration).map(({ path, message }) => ({
        path: ['configuration', ...path],
        message,
      })),
    ]
    const errors = findings.map(({ path, message }) => ({ pointer: jsonPointer(path), message }))
    const broken = errors.length > 0 ? null : ruleChecker(spec.rules, spec.engine.args)(configuration)
    if (broken !== null) errors.push({ pointer: '/configuration', message: `it breaks the rule ${broken}` })
    const [first] = errors
    if (first !== undefined) throw new HttpProblem(422, first.message, errors)
  }
}
