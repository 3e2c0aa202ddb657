import { CommandFailure } from './failure.ts'

/** Reads a number that was given on the command line; what it is of says `name`. Which numbers may be the API says. */
export function readNumber(name: string, text: string): number {
  const value = Number(text)
  if (text.trim() === '' || Number.isNaN(value))
    throw new CommandFailure(`${name} ${text}: expected a number`)
  return value
}

/** Reads the number of an experiment. */
export function readExperiment(text: string): number {
  const number = readNumber('experiment', text)
  if (!Number.isInteger(number) || number < 0)
    throw new CommandFailure(`experiment ${text}: expected the number of one`)
  return number
}
