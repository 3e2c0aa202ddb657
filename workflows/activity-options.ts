import type { ActivityOptions } from '@temporalio/workflow'

/** Of activities that take milliseconds: the time is how long one that was lost with its worker is waited for. */
export const QUICK = {
  startToCloseTimeout: '20 seconds',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '30 seconds' },
} as const satisfies ActivityOptions
