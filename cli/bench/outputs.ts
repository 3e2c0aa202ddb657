import { accessSync, constants, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { cannotWrite, CommandFailure } from '../failure.ts'
import type { BenchFlags } from './options.ts'

/**
 * Sees that what is asked for can be written, as nobody wants to hear after a long measurement that it cannot.
 *
 * @throws {CommandFailure} naming the file that cannot be written.
 */
export function checkOutputs({ json, requests }: Pick<BenchFlags, 'json' | 'requests'>): void {
  const files = [
    ...(json === undefined || json === '-' ? [] : [json]),
    ...(requests === undefined ? [] : [requests]),
  ]
  for (const file of files) checkWritable(file)
  // It is replaced as a whole, which would do away with a device.
  if (requests !== undefined && statSync(requests, { throwIfNoEntry: false })?.isFile() === false)
    throw new CommandFailure(`cannot write ${requests}: it is no regular file`)
  if (json !== undefined && requests !== undefined && placeOf(json) === placeOf(requests))
    throw new CommandFailure(`--json and --requests name the same file, ${json}`)
}

function checkWritable(file: string): void {
  try {
    const there = statSync(file, { throwIfNoEntry: false })
    if (there?.isDirectory() === true) throw new CommandFailure(`cannot write ${file}: it is a folder`)
    accessSync(there === undefined ? dirname(file) : file, constants.W_OK)
  } catch (error) {
    throw error instanceof CommandFailure ? error : new CommandFailure(cannotWrite(file, error))
  }
}

/** Two names of one file have the same place, also where it is not there yet. */
function placeOf(file: string): string {
  if (file === '-') return file
  const there = statSync(file, { throwIfNoEntry: false }) !== undefined
  return there ? realpathSync(file) : join(realpathSync(dirname(file)), basename(file))
}
