import { z } from 'zod'

export const DiagnosisKind = z.enum([
  'unknown_flag',
  'invalid_value',
  'out_of_memory',
  'out_of_memory_under_load',
  'model_missing',
  'model_unreadable',
  'dataset_unreadable',
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

/** What each kind means, for documents. */
export const DIAGNOSIS_MEANINGS: Record<DiagnosisKind, string> = {
  unknown_flag: 'The installed version has no such flag.',
  invalid_value: 'The engine takes no such value for the parameter.',
  out_of_memory: 'The configuration does not fit into memory, seen at the start or told before it.',
  out_of_memory_under_load: 'It fitted at the start, and memory ran out once it served.',
  model_missing: 'There is no such model where the engine looks.',
  model_unreadable: 'The model is there, and the engine cannot read it.',
  dataset_unreadable: 'The file of prompts is not there, or does not hold what its format asks for.',
  image_missing: 'There is no such image, or it cannot be pulled.',
  login_required: 'The model or the image is only for those who sign in.',
  device_missing: 'The engine finds no GPU, or fewer than it was told to use.',
  not_allowed: 'The host does not allow what the request asks for.',
  unsupported_combination: 'The engine refuses these values together.',
  port_in_use: 'Another program had taken the port.',
  not_installed: 'The host has no such program.',
  disk_full: 'There was no room on the disk.',
  driver: 'The GPU or its driver failed.',
  crash: 'The engine ended by a fault of its own.',
  killed: 'Something outside ended the engine.',
  timeout: 'It was not ready within the time that such an engine takes at most.',
  compile_timeout: 'The same, and it was still compiling.',
  overloaded: 'It could not keep up, and too many requests failed.',
  requests_rejected: 'It refused the requests of the workload.',
  no_device: 'No host has as many devices as the configuration asks for.',
  infrastructure: 'Trouble that is neither of the engine nor of the configuration.',
  unknown: 'It ended, and nothing known says why: the log has more.',
}

/** Failures that every configuration shares: nothing else could work either. */
const SHARED_TROUBLE: readonly DiagnosisKind[] = [
  'not_installed',
  'model_missing',
  'model_unreadable',
  'dataset_unreadable',
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
