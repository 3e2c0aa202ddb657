import type { Trial } from './problem.ts'

/** So large a share of the trials may fail. Up to it every third trial dares; beyond it all are more careful. */
const FAILED_SHARE = 0.12
/** So many trials without a failure are thought before the first, so that one failure does not decide. */
const HEAD_START = 10

/** Far from what was tried the chance to run is guessed too high, and a failed start buys little. */
const CAUTION = 2
/** The best often lies behind a cliff, where the chance to run is guessed too low. */
const DARING = 0.5
const DARING_EVERY = 3

/** At first a trial that does not dare changes no more at once than can be told apart when it fails. */
const FEW_CHANGES = 2
const MORE_CHANGES = 3

/** An improvement counts from this share of the noise on: less would be chased among measurements that differ by luck. */
const MARGIN = 0.5

/** After so many trials that came no nearer to the constraints, every second one looks elsewhere. */
const STALLED = 8

/** What the next trial may risk. */
export interface Risk {
  /** The power of the chance to run in what a configuration is worth. */
  caution: number
  /** By how much it must be better to count, as a share of the noise of one measurement. */
  margin: number
  /** In how many parameters it may differ from the nearest configuration that ran. */
  mostChanges: number
  /** It looks where nothing is known, instead of where the models point. */
  elsewhere: boolean
}

/**
 * Returns what trial `number` may risk; `onTarget`: something is likely to meet the constraints; `stalled`: so many trials
 * came no nearer to them.
 */
export function riskOf(
  trials: readonly Trial[],
  number: number,
  parameters: number,
  onTarget: boolean,
  stalled: number,
): Risk {
  const over = trials.filter(({ outcome: { status } }) => status === 'measured' || status === 'failed')
  const failed = over.filter(({ outcome }) => outcome.status === 'failed').length
  const spent = failed / (over.length + HEAD_START) / FAILED_SHARE
  const dares = number % DARING_EVERY === 0
  const changes = onTarget ? FEW_CHANGES : MORE_CHANGES
  return {
    caution: dares && spent < 1 ? DARING : CAUTION * Math.max(1, spent),
    // Where the chance to run weighs little, a margin would favour what is hardly likely at all.
    margin: dares ? 0 : MARGIN,
    mostChanges: dares || number >= parameters ? Infinity : changes,
    elsewhere: !onTarget && stalled >= STALLED && number % 2 === 0,
  }
}
