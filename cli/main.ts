import { CommanderError } from 'commander'
import { redlineProgram } from './program.ts'
import { END_SIGNALS } from './signals.ts'

const stop = new AbortController()
for (const signal of END_SIGNALS) process.on(signal, () => stop.abort())

let isReaderGone = false
let isTold = false
// Whoever reads may stop reading, as `| head` does: what was not read is done all the same, and what has no end ends.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') {
    isReaderGone = true
    return stop.abort()
  }
  process.once('exit', () => {
    if (!isTold) process.stderr.write(`redline: cannot write to standard output: ${error.message}\n`)
    process.exitCode = 1
  })
})
process.stderr.on('error', () => undefined)

const program = redlineProgram(stop.signal)
// The other commands bring the service along, which takes longer to load than these two to do their work.
if (!['bench', 'suggest'].includes(process.argv[2] ?? '')) {
  const { addServiceSide } = await import('./service-side.ts')
  addServiceSide(program, stop.signal)
}

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode
  else {
    const { explainFailure } = await import('./explain-failure.ts')
    // A command that needs its reader, as a backup does, says what it missed.
    isTold = !stop.signal.aborted || (isReaderGone && error !== stop.signal.reason)
    if (isTold) process.stderr.write(`redline: ${explainFailure(error)}\n`)
    process.exitCode = isTold ? 1 : 130
  }
}
