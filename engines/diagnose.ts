import type { Diagnosis, DiagnosisKind, EngineExit } from '../domain/diagnosis.ts'

/** A failure that an engine's log shows: the line that proves it and what to say of it. */
export interface FailurePattern {
  kind: DiagnosisKind
  pattern: RegExp
  summary: string
  advice: string
  /** Where the message comes from: a log that was seen, or the file of the engine's source that writes it. */
  source: string
  /** The line before says what the matching line is about. */
  withLineBefore?: boolean
}

/** How the log of one engine is read. */
export interface FailureBook {
  program: string
  /** In order of how much they tell: the first that matches a line is the diagnosis. */
  patterns: FailurePattern[]
  /** A line that is only written once the engine serves: what fails after it fails under load. */
  serving: RegExp
  /** A line of work that can take very long before the engine serves: compiling, capturing graphs. */
  compiling: RegExp | null
  /** What lowers the engine's need of memory while it serves. */
  underLoad: string
}

/** The lines of the log that a diagnosis keeps. */
const KEPT_LINES = 40
/** The lines before the end in which the work of an engine that is not ready shows. */
const LATEST_LINES = 15

/** Signals that mean the engine's own code failed. */
const CRASH_SIGNALS = ['SIGSEGV', 'SIGILL', 'SIGABRT', 'SIGBUS', 'SIGFPE']

/** An exception as Python writes it at the end of a traceback, behind whatever prefix the logger put there. */
const PYTHON_EXCEPTION = /(?:^|\s)(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Interrupt|Exit): \S/
/** Exceptions that only say that there was another one. */
const SECONDARY =
  /See root cause above|See stack trace for root cause|EngineDeadError|cancelled|resource_tracker/

/** Says what an exit means: by the first pattern that a line matches, and by the exit itself where none does. */
export function diagnoseExit(book: FailureBook, exit: EngineExit, logTail: string[]): Diagnosis {
  const { program } = book
  const kept = { exitCode: exit.exitCode, signal: exit.signal, logTail: logTail.slice(-KEPT_LINES) }
  const servingFrom = logTail.findIndex((line) => book.serving.test(line))
  // A process of the engine that died is what the limit did, not the cause.
  const patterns =
    exit.outOfMemory === true
      ? book.patterns.filter(({ kind }) => kind !== 'crash' && kind !== 'killed')
      : book.patterns
  for (const { kind, pattern, summary, advice, withLineBefore } of patterns) {
    const index = logTail.findIndex((line) => pattern.test(line))
    if (index < 0) continue
    const lines = logTail.slice(withLineBefore === true ? Math.max(0, index - 1) : index, index + 1)
    const evidence = lines.map((line) => line.trim()).join(': ')
    return kind === 'out_of_memory' && servingFrom >= 0 && index > servingFrom
      ? {
          kind: 'out_of_memory_under_load',
          summary: 'out of memory under load',
          advice: book.underLoad,
          evidence,
          ...kept,
        }
      : { kind, summary, advice, evidence, ...kept }
  }
  const evidence = tellingLine(logTail)
  if (exit.outOfMemory === true) {
    const underLoad = servingFrom >= 0
    return {
      kind: underLoad ? 'out_of_memory_under_load' : 'out_of_memory',
      summary: `${program} was ended for going over its memory limit ${underLoad ? 'under load' : 'at start'}`,
      advice: `${book.underLoad} Or raise the runtime's memory limit.`,
      evidence,
      ...kept,
    }
  }
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

/** Says what an engine that is still not ready was doing: compiling may need more time, or less to compile. */
export function diagnoseSlowStart(
  { program, compiling }: FailureBook,
  waited: string,
  logTail: string[],
): Diagnosis {
  const evidence = logTail
    .slice(-LATEST_LINES)
    .findLast((line) => compiling !== null && compiling.test(line))
    ?.trim()
  const kept = { exitCode: null, signal: null, logTail: logTail.slice(-KEPT_LINES) }
  return evidence === undefined
    ? {
        kind: 'timeout',
        summary: `${program} was not ready within ${waited}`,
        advice: 'See the log for what it was doing.',
        evidence: tellingLine(logTail),
        ...kept,
      }
    : {
        kind: 'compile_timeout',
        summary: `${program} was still compiling after ${waited}`,
        advice:
          'Compile less (enforce_eager, fewer sizes of graphs), or keep its compile cache between starts.',
        evidence,
        ...kept,
      }
}

/** Returns the line that says most of a log that no pattern knows: the last exception with a cause, else the last line. */
function tellingLine(logTail: string[]): string | null {
  const line =
    logTail.findLast((candidate) => PYTHON_EXCEPTION.test(candidate) && !SECONDARY.test(candidate)) ??
    logTail.findLast((candidate) => candidate.trim() !== '')
  return line?.trim() ?? null
}
