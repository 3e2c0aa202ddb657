import type { ComponentName } from '../components/component.ts'
import type { Service, ServiceMessage } from '../service/up.ts'
import { bar, colour } from './format.ts'
import { liveLine } from './live-line.ts'

/** What each component is for, said when it is fetched. */
const PURPOSE: Record<ComponentName, string> = {
  temporal: 'runs the workflows',
  postgres: 'keeps tunings and results',
  'llama-server': 'the engine that is tuned',
  model: 'Gemma 3 270M, what the engine serves',
}

type ComponentProgress = Extract<ServiceMessage, { kind: 'component' }>['progress']

/** Shows how a service starts: what it fetches and why, with a bar, and each step. */
export function serviceMessages(): { tell: (message: ServiceMessage) => void; done: () => void } {
  const active = new Map<ComponentName, ComponentProgress>()
  const said = new Map<ComponentName, string>()
  const line = liveLine(() => [...active.values()].map(progressPart).join('   '))

  function tell(message: ServiceMessage): void {
    switch (message.kind) {
      case 'component': {
        const { component, message: text, done } = message.progress
        if (done === undefined && said.get(component) !== text)
          line.print(`  ${component.padEnd(12)} ${colour.dim(text)}`)
        said.set(component, done === undefined ? text : (said.get(component) ?? ''))
        active.set(component, message.progress)
        return line.refresh()
      }
      case 'found': {
        const { component, version, detail } = message.found
        active.delete(component)
        return line.print(
          `${colour.good('✓')} ${component.padEnd(12)} ${[version, detail].filter((part) => part !== null && part !== '').join(', ')} ${colour.dim(`(${PURPOSE[component]})`)}`,
        )
      }
      case 'step':
        active.clear()
        return line.print(`  ${message.text}`)
      case 'trouble':
        return line.print(colour.bad(`! ${message.text}`))
    }
  }

  return { tell, done: () => line.clear() }
}

function progressPart({ component, done, total, unit, message }: ComponentProgress): string {
  if (done === undefined || total === undefined || total === 0) return `${component}: ${message.slice(0, 40)}`
  const amount =
    unit === 'bytes' ? `${(done / 1e6).toFixed(0)}/${(total / 1e6).toFixed(0)} MB` : `${done}/${total}`
  return `${component} ${bar(done / total, 12)} ${amount}`
}

/** Where people find a running service. */
export function addresses({ apiUrl, temporalUiUrl }: Pick<Service, 'apiUrl' | 'temporalUiUrl'>): string {
  return [
    `UI           ${apiUrl}`,
    `API docs     ${apiUrl}/docs  (ReDoc: ${apiUrl}/redoc)`,
    ...(temporalUiUrl === null ? [] : [`Temporal Web ${temporalUiUrl}`]),
  ].join('\n')
}
