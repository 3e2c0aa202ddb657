import { rmSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { meanOf, varianceOf } from '../domain/statistics/moments.ts'
import { gapsOf, type LoadClient, type Told, type WantedLoad } from './load-clients.ts'
import { timed } from './timed.ts'
import { startTruth, type Truth } from './truth.ts'

/** A load that a client put on the truth server. */
export interface DrivenLoad {
  truth: Truth
  told: Told[]
  cpuS: number
  /** Requests that arrived per second, from the first to the last; in a closed loop to the last token. */
  perSecond: number
  /** Runnable processes of the whole machine over the last minute. */
  machineLoad: number
}

/** Has a client drive the truth server; returns why where it came to nothing. */
export async function drive(
  client: LoadClient,
  server: string[],
  load: Omit<WantedLoad, 'port'>,
): Promise<DrivenLoad | string> {
  const truthServer = await startTruth(join(load.folder, 'truth.json'), server)
  const wanted = { ...load, port: truthServer.port }
  const { program, args, env } = client.command(wanted)
  rmSync(join(load.folder, 'aiperf'), { recursive: true, force: true })
  const { cpuS, output } = await timed(program, args, env)
  const truth = await truthServer.stop()
  try {
    const told = client.read(wanted)
    const { served } = truth
    const first = served[0]?.arrivedMs ?? NaN
    const last = 'rate' in load.load ? served.at(-1)?.arrivedMs : Math.max(...served.map(endOf))
    const seconds = ((last ?? NaN) - first) / 1000
    return { truth, told, cpuS, perSecond: (served.length - 1) / seconds, machineLoad: loadavg()[0] ?? NaN }
  } catch {
    return `no result: ${output.split('\n').at(-1) ?? ''}`
  }
}

function endOf({ arrivedMs, tokensMs }: Truth['served'][number]): number {
  return tokensMs.at(-1) ?? arrivedMs
}

/** Returns the client's TTFTs less the server's own, and by how much gaps differ, in milliseconds. */
export function errorsOf({ told, truth }: DrivenLoad): { ttftMs: number[]; gapsMs: number[] } {
  const ttft: number[] = []
  const gaps: number[] = []
  for (const { number, ttftMs, gapsMs } of told) {
    const real = truth.served[number - 1]
    if (real === undefined) continue
    ttft.push(ttftMs - ((real.tokensMs[0] ?? NaN) - real.arrivedMs))
    const realGaps = gapsOf(real.tokensMs)
    if (gapsMs.length !== realGaps.length) continue
    for (const [index, gap] of gapsMs.entries()) gaps.push(Math.abs(gap - (realGaps[index] ?? NaN)))
  }
  return { ttftMs: ttft, gapsMs: gaps }
}

/** Returns the mean number of requests in flight between the first arrival and the last. */
export function inFlight({ served }: Truth): number {
  const from = served[0]?.arrivedMs ?? NaN
  const to = served.at(-1)?.arrivedMs ?? NaN
  const busy = served.map((each) => Math.min(to, endOf(each)) - each.arrivedMs)
  return busy.reduce((sum, ms) => sum + ms, 0) / (to - from)
}

/** Returns the coefficient of variation of the times between arrivals: 1 for Poisson. */
export function variationOf({ served }: Truth): number {
  const gaps = gapsOf(served.map(({ arrivedMs }) => arrivedMs))
  return Math.sqrt(varianceOf(gaps)) / meanOf(gaps)
}
