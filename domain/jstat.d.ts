declare module 'jstat' {
  interface Distribution1 {
    inv(probability: number, a: number): number
    cdf(value: number, a: number): number
  }
  interface Distribution2 {
    inv(probability: number, a: number, b: number): number
    cdf(value: number, a: number, b: number): number
  }
  /** The distributions that Redline uses; jStat ships no types. */
  const jstat: {
    jStat: {
      studentt: Distribution1
      normal: Distribution2
      beta: Distribution2
      binomial: { cdf(successes: number, trials: number, probability: number): number }
    }
  }
  export default jstat
}
