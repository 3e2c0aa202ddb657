import type { Experiment } from '../../client/client.ts'
import { percent } from '../../domain/figures.ts'

export type Conditions = NonNullable<Experiment['conditions']>

interface ConditionRow {
  name: string
  value: string
}

const GIB = 2 ** 30

/** Writes the machine during the measurement, and what the engine counted beside what the client did. */
export function conditionRows(conditions: Conditions): ConditionRow[] {
  return [
    ...machineRows(conditions),
    ...countRows(conditions),
    ...(conditions.modelHash == null ? [] : [{ name: 'Model file', value: conditions.modelHash }]),
    ...(conditions.repeats ?? []).map((reason) => ({ name: 'Measured again', value: reason })),
  ]
}

function machineRows({ machine }: Conditions): ConditionRow[] {
  if (machine == null) return []
  const clock = machine.cpuMhz === null ? '' : ` at ${(machine.cpuMhz / 1000).toFixed(2)} GHz`
  const others =
    machine.othersMean === null
      ? 'others not seen'
      : `${percent(machine.othersMean)} of the engine's cores by others, at most ${percent(Math.max(...known(machine.others)))}`
  const draws = machine.cpuPowerWMean == null ? '' : `, ${Math.round(machine.cpuPowerWMean)} W`
  return [
    { name: 'CPU', value: `${machine.cpu}, ${machine.cores} cores${clock}${draws}` },
    { name: 'Load', value: `${percent(machine.busyMean ?? 0)} busy, ${others}` },
    {
      name: 'Memory',
      value: `${(machine.memoryUsedBytesMax / GIB).toFixed(1)} of ${(machine.memoryBytes / GIB).toFixed(1)} GiB used`,
    },
    ...machine.gpus.map((gpu) => ({
      name: gpu.device,
      value: [
        range(gpu.smClockMhz, 'MHz'),
        range(gpu.powerW, 'W'),
        range(gpu.temperatureC, '°C'),
        ...(gpu.clockReasons.length === 0 ? [] : [`held by ${gpu.clockReasons.join(', ')}`]),
        `driver ${gpu.driver}`,
      ].join(', '),
    })),
  ]
}

function countRows({ server }: Conditions): ConditionRow[] {
  if (server == null) return []
  const agree = server.compared ? 'agree with the client' : 'not compared'
  const tokens = server.server.outputTokens === null ? '' : `${server.server.outputTokens} output tokens, `
  const value = server.warnings.length > 0 ? server.warnings.join('; ') : `${tokens}${agree}`
  return [{ name: "Engine's counts", value }]
}

function range(series: (number | null)[], unit: string): string {
  const values = known(series)
  if (values.length === 0) return `- ${unit}`
  const least = Math.round(Math.min(...values))
  const most = Math.round(Math.max(...values))
  return least === most ? `${least} ${unit}` : `${least}-${most} ${unit}`
}

function known(series: (number | null)[]): number[] {
  return series.flatMap((value) => value ?? [])
}
