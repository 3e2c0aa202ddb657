import type { Diagnosis, EngineExit } from '../domain/diagnosis.ts'
import { plainDiagnosis } from '../domain/plain-diagnosis.ts'

/** What the first process of a container writes when it cannot execute the engine. */
const NOT_EXECUTED = /\[FATAL tini.*exec (.+) failed: /

/** Says what an end means whatever the engine is, from the last lines of its log; null where only the engine can tell. */
export function diagnoseExit(exit: EngineExit, logTail: string[]): Diagnosis | null {
  const { exitCode, signal } = exit
  const kept = { exitCode, signal, logTail: logTail.slice(-40) }
  if (exit.outOfMemory === true) {
    return {
      ...plainDiagnosis(
        'out_of_memory',
        'the engine went over its memory limit and was killed',
        'Lower what takes memory, such as context or cache, or raise runtime.memory.',
      ),
      ...kept,
    }
  }
  const evidence = logTail.find((line) => NOT_EXECUTED.test(line))
  if (evidence === undefined || exitCode === null) return null
  const [, program] = NOT_EXECUTED.exec(evidence) ?? []
  return {
    ...plainDiagnosis(
      'not_installed',
      `the image has no program ${program}`,
      'Set runtime.program to the path of the engine in the image.',
    ),
    ...kept,
    evidence,
  }
}
