declare module 'jstat' {
  /** The distributions that Redline uses; jStat ships no types. */
  const jstat: { jStat: { studentt: { inv(probability: number, degreesOfFreedom: number): number } } }
  export default jstat
}
