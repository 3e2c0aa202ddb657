import type { Command } from 'commander'
import { addActionCommands } from './action-commands.ts'
import { addHostCommands } from './host-commands.ts'
import { addScheduleCommands } from './schedule-commands.ts'
import { addServiceCommands } from './service-commands.ts'
import { addTuningCommands } from './tuning-commands.ts'
import { addWebhookCommands } from './webhook-commands.ts'

/** Adds the commands that need the service, or run it. */
export function addCommands(program: Command, signal: AbortSignal): void {
  addServiceCommands(program, signal)
  addTuningCommands(program, signal)
  addActionCommands(program, signal)
  addHostCommands(program, signal)
  addScheduleCommands(program, signal)
  addWebhookCommands(program, signal)
}
