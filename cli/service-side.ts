import type { Command } from 'commander'
import { addAccessCommands } from './access-commands.ts'
import { addActionCommands } from './action-commands.ts'
import { addBackupCommands } from './backup-commands.ts'
import { addExportCommand } from './export-command.ts'
import { addHostCommands } from './host-commands.ts'
import { addMcpCommand } from './mcp-command.ts'
import { addProjectCommands } from './project-commands.ts'
import { addReportCommand } from './report-command.ts'
import { readSecretFiles } from './secret-files.ts'
import { addScheduleCommands } from './schedule-commands.ts'
import { addServiceCommands } from './service-commands.ts'
import { addSupportBundleCommand } from './support-bundle-command.ts'
import { addTuningCommands } from './tuning-commands.ts'
import { addVerifyCommand } from './verify-command.ts'
import { addWebhookCommands } from './webhook-commands.ts'

/** Adds every command that has to do with the service. */
export function addServiceSide(program: Command, signal: AbortSignal): void {
  program.hook('preAction', () => readSecretFiles(process.env))
  const before = new Set(program.commands)
  addServiceCommands(program, signal)
  addTuningCommands(program, signal)
  addReportCommand(program, signal)
  addExportCommand(program, signal)
  addVerifyCommand(program, signal)
  addActionCommands(program, signal)
  addHostCommands(program, signal)
  addMcpCommand(program, signal)
  addScheduleCommands(program, signal)
  addWebhookCommands(program, signal)
  addAccessCommands(program, signal)
  addProjectCommands(program, signal)
  addBackupCommands(program)
  addSupportBundleCommand(program, signal)
  const added = program.commands.filter((command) => !before.has(command))
  for (const command of added.flatMap((group) => [group, ...group.commands])) {
    command
      .exitOverride()
      .option('--json', 'print JSON for programs')
      .option('--url <url>', 'address of the API (REDLINE_URL)')
  }
}
