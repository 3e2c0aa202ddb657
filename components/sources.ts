import type { ComponentName, Source } from './component.ts'
import { llamaServerSource } from './llama-server.ts'
import { modelSource } from './model.ts'
import { postgresSource } from './postgres.ts'
import { temporalSource } from './temporal.ts'

/** How each component is found. */
export const sources: Readonly<Record<ComponentName, Source>> = {
  temporal: temporalSource,
  postgres: postgresSource,
  'llama-server': llamaServerSource,
  model: modelSource,
}
