import { readFileSync } from 'node:fs'
import { messageOf } from '../domain/message-of.ts'
import { CommandFailure } from './failure.ts'

const NAMED_BY_FILE = /^(DATABASE_URL|PGPASSWORD|REDLINE_[A-Z_]+)_FILE$/

/**
 * Sets each variable whose value a file holds, as `PGPASSWORD` for `PGPASSWORD_FILE`: what containers and clusters hand
 * secrets over by. A variable that is set itself stays.
 *
 * @throws {CommandFailure} naming the variable whose file cannot be read.
 */
export function readSecretFiles(env: NodeJS.ProcessEnv): void {
  for (const [variable, file] of Object.entries(env)) {
    const [, name] = NAMED_BY_FILE.exec(variable) ?? []
    if (name === undefined || file === undefined || file === '') continue
    try {
      env[name] ??= readFileSync(file, 'utf8').trim()
    } catch (error) {
      throw new CommandFailure(`${variable}: ${messageOf(error)}`)
    }
  }
}
