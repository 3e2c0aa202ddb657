/** Where workflows and the activities that any worker can run are queued. */
export const TASK_QUEUE = 'redline'

/** Where the activities of one host's engines are queued. */
export function hostTaskQueue(host: string): string {
  return `redline-host-${host}`
}
