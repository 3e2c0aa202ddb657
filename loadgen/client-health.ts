import { monitorEventLoopDelay } from 'node:perf_hooks'

/** How the load generator itself fared in the window. */
export interface ClientHealth {
  /** 99th percentile of how late this thread's timers fired, in milliseconds. */
  eventLoopDelayP99Ms: number
  /** CPU time of this thread over wall time. */
  cpuShare: number
}

const RESOLUTION_MS = 10

/** Watches this thread from now on; the returned function ends that and says how it fared. */
export function watchClient(): () => ClientHealth {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  const cpuBefore = process.threadCpuUsage()
  const startMs = performance.now()
  delays.enable()
  return () => {
    delays.disable()
    const { user, system } = process.threadCpuUsage(cpuBefore)
    // Node records the time between two firings, so an idle loop shows the resolution itself.
    const delayMs = delays.percentile(99) / 1e6 - RESOLUTION_MS
    return {
      eventLoopDelayP99Ms: delays.count === 0 ? 0 : Math.max(0, delayMs),
      cpuShare: (user + system) / 1000 / (performance.now() - startMs),
    }
  }
}
