import type { Diagnosis, DiagnosisKind, EngineExit } from '../domain/diagnosis.ts'

/** A failure that an engine's log shows: the line that proves it and what to say of it. */
export interface FailurePattern {
  kind: DiagnosisKind
  pattern: RegExp
  summary: string
  advice: string
}

/** The lines of the log that a diagnosis keeps. */
const KEPT_LINES = 40

/** Signals that mean the engine's own code failed. */
const CRASH_SIGNALS = ['SIGSEGV', 'SIGILL', 'SIGABRT', 'SIGBUS', 'SIGFPE']

/**
 * Finds the first pattern that a line of the log matches; where none does, the exit itself is the diagnosis.
 * The pattern comes first in the order of the list, so the most telling ones stand first.
 */
export function diagnoseByPatterns(
  program: string,
  patterns: FailurePattern[],
  exit: EngineExit,
  logTail: string[],
): Diagnosis {
  const kept = { ...exit, logTail: logTail.slice(-KEPT_LINES) }
  for (const { kind, pattern, summary, advice } of patterns) {
    const evidence = logTail.find((line) => pattern.test(line))
    if (evidence !== undefined) return { kind, summary, advice, evidence: evidence.trim(), ...kept }
  }
  const evidence = logTail.findLast((line) => line.trim() !== '')?.trim() ?? null
  if (exit.signal === 'SIGILL') {
    return {
      kind: 'crash',
      summary: `${program} was compiled for another CPU (SIGILL)`,
      advice: 'Use a build for this machine; `redline doctor` shows which one is used.',
      evidence,
      ...kept,
    }
  }
  if (exit.signal !== null && CRASH_SIGNALS.includes(exit.signal)) {
    return {
      kind: 'crash',
      summary: `${program} crashed (${exit.signal})`,
      advice: 'See the log; try another version.',
      evidence,
      ...kept,
    }
  }
  if (exit.signal !== null) {
    return {
      kind: 'killed',
      summary: `${program} was killed from outside (${exit.signal})`,
      advice: 'With SIGKILL look for the out-of-memory killer in the kernel log.',
      evidence,
      ...kept,
    }
  }
  return {
    kind: 'unknown',
    summary: exit.exitCode === null ? `${program} is gone` : `${program} exited with code ${exit.exitCode}`,
    advice: 'See the log.',
    evidence,
    ...kept,
  }
}
