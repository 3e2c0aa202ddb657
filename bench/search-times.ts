import type { Configuration } from '../domain/parameter.ts'
import { Space } from '../domain/space.ts'
import { seeded } from '../domain/random.ts'
import { suggest } from '../search/suggest.ts'
import type { SearchProblem, Trial } from '../search/problem.ts'

/** Measures the CPU time of one suggestion over histories of several sizes; returns lines of text. */
export function suggestionTimes(): string {
  return [
    [80, 20],
    [200, 20],
    [1000, 20],
    [10_000, 60],
  ]
    .map(([trials = 0, parameters = 0]) => {
      const { problem, history } = made(trials, parameters)
      suggest(problem, history, 1, 1)
      const before = process.cpuUsage()
      const rounds = 3
      for (let round = 0; round < rounds; round++) suggest(problem, history, 1, round)
      const { user, system } = process.cpuUsage(before)
      const seconds = (user + system) / 1e6 / rounds
      return `${trials} trials, ${parameters} parameters: ${seconds.toFixed(3)} s of CPU per suggestion`
    })
    .join('\n')
}

/** A smooth function of mixed parameters with a limit and a share of failures, tried at random. */
function made(trials: number, parameters: number): { problem: SearchProblem; history: Trial[] } {
  const random = seeded(7)
  const names = Array.from({ length: parameters }, (_, index) => `x${index}`)
  const space = Space.parse(
    Object.fromEntries(
      names.map((name, index) => [
        name,
        index % 4 === 0
          ? { type: 'categorical', choices: ['a', 'b', 'c'] }
          : index % 4 === 1
            ? { type: 'integer', low: 1, high: 1024, scale: 'log' }
            : index % 4 === 2
              ? { type: 'boolean' }
              : { type: 'float', low: 0, high: 1 },
      ]),
    ),
  )
  const history = Array.from({ length: trials }, (): Trial => {
    const configuration: Configuration = {}
    let sum = 0
    names.forEach((name, index) => {
      const u = random.unit()
      sum += u / (1 + index)
      configuration[name] =
        index % 4 === 0
          ? (['a', 'b', 'c'][Math.floor(u * 3)] ?? 'a')
          : index % 4 === 1
            ? Math.floor(2 ** (u * 10))
            : index % 4 === 2
              ? u < 0.5
              : Number(u.toFixed(4))
    })
    if (random.unit() < 0.15)
      return { configuration, outcome: { status: 'failed', kind: random.unit() < 0.5 ? 'oom' : 'crash' } }
    const metrics = {
      speed: 100 * Math.exp(sum) * (1 + 0.02 * random.unit()),
      delay: 50 * Math.exp(-sum + random.unit()),
    }
    return { configuration, outcome: { status: 'measured', metrics } }
  })
  const problem: SearchProblem = {
    space,
    rules: [],
    fixed: {},
    objectives: [{ metric: 'speed', direction: 'maximize' }],
    constraints: [{ metric: 'delay', op: '<=', limit: 40 }],
    defaults: {},
  }
  return { problem, history }
}
