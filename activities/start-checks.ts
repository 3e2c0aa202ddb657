import { existsSync } from 'node:fs'
import type { Device } from '../domain/device.ts'
import type { Diagnosis } from '../domain/diagnosis.ts'
import { plainDiagnosis } from '../domain/plain-diagnosis.ts'
import type { Configuration } from '../domain/parameter.ts'
import { runsAlready, type RuntimeSpec } from '../domain/runtime.ts'
import { sizeBytes } from '../domain/size.ts'
import type { Engine } from '../engines/engine.ts'
import { hostMemoryBytes } from '../engines/host-memory.ts'
import { misfit } from '../engines/memory.ts'
import { readModelShape } from '../engines/model-shape.ts'
import { listGpus } from '../runtimes/nvidia-smi.ts'

const MIB = 2 ** 20

/** A start that is about to be made on this host. */
export interface PlannedStart {
  engine: Engine
  runtime: RuntimeSpec
  /** The file or name of the model. */
  model: string
  configuration: Configuration
  devices: Device[]
  host: string
  /** Whether the engine's program is here, where the runtime needs it. */
  installed: boolean
}

/** Says why a start could only fail, before the time for it is spent; null when it may succeed. */
export async function foreseenFailure(start: PlannedStart): Promise<Diagnosis | null> {
  const { engine, model, host } = start
  if (runsAlready(start)) return null
  if (!start.installed) {
    const summary = `${engine.title} is not installed on ${host}`
    return plainDiagnosis('not_installed', summary, 'See `redline doctor` on that host.')
  }
  if (engine.modelIsFile && !existsSync(model)) {
    return plainDiagnosis(
      'model_missing',
      `there is no model file ${model} on ${host}`,
      'engine.model is a path on the host that runs the engine.',
    )
  }
  return memoryMisfit(start)
}

async function memoryMisfit({
  engine,
  runtime,
  model,
  configuration,
  devices,
}: PlannedStart): Promise<Diagnosis | null> {
  const shape = await readModelShape(model)
  if (shape === null) return null
  if (devices.every(({ kind }) => kind === 'cpu')) {
    const limit = 'memory' in runtime ? runtime.memory : undefined
    const bytes = limit === undefined ? await hostMemoryBytes() : sizeBytes(limit)
    return misfit(engine.memoryNeed(shape, configuration, 'cpu'), { kind: 'cpu', bytes })
  }
  const uuids = devices.map(({ gpu }) => gpu?.uuid)
  const gpus = (await listGpus()).filter(({ uuid }) => uuids.includes(uuid))
  const need = engine.memoryNeed(shape, configuration, 'gpu')
  for (const { index, totalMib, freeMib } of gpus) {
    if (totalMib === null || freeMib === null) continue
    const diagnosis = misfit(need, { kind: 'gpu', bytes: totalMib * MIB })
    if (diagnosis !== null) return diagnosis
    if (misfit(need && { ...need, share: 1 }, { kind: 'gpu', bytes: freeMib * MIB }) === null) continue
    return plainDiagnosis(
      'infrastructure',
      `GPU ${index} has only ${freeMib} of its ${totalMib} MiB free: something else holds the rest`,
      'Free the GPU: `nvidia-smi` shows who holds it.',
    )
  }
  return null
}
