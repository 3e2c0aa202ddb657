import type { Diagnosis, DiagnosisKind } from './diagnosis.ts'

/** A diagnosis that rests on no log and no exit of the engine. */
export function plainDiagnosis(kind: DiagnosisKind, summary: string, advice: string): Diagnosis {
  return { kind, summary, advice, evidence: null, exitCode: null, signal: null, logTail: [] }
}
