import type { Command } from 'commander'
import { readSettings } from '../domain/settings.ts'
import { backUp, restore } from '../service/backup.ts'
import { output } from './context.ts'

/** Adds `redline backup` and `redline restore`. */
export function addBackupCommands(program: Command): void {
  program
    .command('backup <file>')
    .description('write tunings, results, schedules and users into a file; - for standard output')
    .action(async (file: string, _options: object, command: Command) => {
      const kept = await backUp(readSettings(process.env), file)
      if (file !== '-') tell(command, kept, `written to ${file}`)
    })

  program
    .command('restore <file>')
    .description('read a backup into a service that has nothing yet; - for standard input')
    .action(async (file: string, _options: object, command: Command) => {
      tell(command, await restore(readSettings(process.env), file), `read from ${file}`)
    })
}

function tell(command: Command, kept: Record<string, number>, how: string): void {
  output(command.optsWithGlobals().json === true, kept, () => {
    const { tunings = 0, experiments = 0, schedules = 0, users = 0 } = kept
    return `${tunings} tunings with ${experiments} experiments, ${schedules} schedules, ${users} users: ${how}`
  })
}
