import type { TuningAction } from './action.ts'

/** Writes an action in words, for logs of what was done. */
export function actionText({ action, arguments: given }: TuningAction): string {
  switch (action) {
    case 'pause':
      return given.running === 'abandon' ? 'paused, running experiments stopped' : 'paused'
    case 'resume':
      return 'resumed'
    case 'cancel':
      return 'cancelled'
    case 'finish':
      return given.running === 'abandon' ? 'finished early, running experiments stopped' : 'finished early'
    case 'extend': {
      const parts = [
        ...(given.experiments === undefined ? [] : [`${given.experiments} experiments`]),
        ...(given.time === undefined ? [] : [given.time]),
      ]
      return `extended by ${parts.join(' and ')}`
    }
    case 'add':
      return 'added a configuration'
    case 'rerun':
      return `asked for experiment ${given.experiment} again`
    case 'exclude':
      return `${given.excluded ? 'excluded' : 'took in again'} experiment ${given.experiment}`
    case 'adjust': {
      const parts = [
        ...(given.priority === undefined ? [] : [`priority to ${given.priority}`]),
        ...(given.parallelism === undefined ? [] : [`parallelism to ${given.parallelism}`]),
      ]
      return `set ${parts.join(' and ')}`
    }
  }
}
