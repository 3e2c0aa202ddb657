import { z } from 'zod'

export const DiagnosisKind = z.enum([
  'unknown_flag',
  'invalid_value',
  'out_of_memory',
  'out_of_memory_under_load',
  'model_missing',
  'model_unreadable',
  'image_missing',
  'login_required',
  'device_missing',
  'not_allowed',
  'unsupported_combination',
  'port_in_use',
  'not_installed',
  'disk_full',
  'driver',
  'crash',
  'killed',
  'timeout',
  'compile_timeout',
  'overloaded',
  'requests_rejected',
  'no_device',
  'infrastructure',
  'unknown',
])
export type DiagnosisKind = z.infer<typeof DiagnosisKind>

/** Failures that every configuration shares: nothing else could work either. */
const SHARED_TROUBLE: readonly DiagnosisKind[] = [
  'not_installed',
  'model_missing',
  'model_unreadable',
  'image_missing',
  'login_required',
  'device_missing',
  'not_allowed',
  'infrastructure',
  'no_device',
]

/** Says whether a failure has nothing to do with the values of parameters, and would meet every configuration. */
export function isSharedTrouble(kind: DiagnosisKind): boolean {
  return SHARED_TROUBLE.includes(kind)
}

/** Says whether a failure tells nothing of its configuration, another time or on another host it may run. */
export function isNotItsFault(kind: DiagnosisKind): boolean {
  return isSharedTrouble(kind) || kind === 'port_in_use' || kind === 'disk_full' || kind === 'driver'
}

/** Why an experiment failed: what it means, the line that shows it, what would help. */
export const Diagnosis = z.object({
  kind: DiagnosisKind,
  summary: z.string(),
  evidence: z.string().nullable().meta({ description: 'The line of the log that shows it.' }),
  advice: z.string(),
  exitCode: z.int().nullable(),
  signal: z.string().nullable(),
  logTail: z.array(z.string()).meta({ description: 'The last lines of the log.' }),
})
export type Diagnosis = z.infer<typeof Diagnosis>

/** How an engine's process ended. */
export const EngineExit = z.object({
  exitCode: z.int().nullable(),
  signal: z.string().nullable(),
  /** The limit on its memory ended it. */
  outOfMemory: z.boolean().optional(),
})
export type EngineExit = z.infer<typeof EngineExit>
