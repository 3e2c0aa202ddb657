export const T: Record<string, number> = {
  lengthscale: 0.5, lengthscaleSpread: 1, additive: 0, steps: 25, robustRounds: 2, priorCount: 1,
  label: 2, failPrior: 0.5, failMean: 0.5, failScale: 1, failLengthscale: 0.4, failSpread: 1, failAdditive: 0, failSteps: 15, failVar: 1,
  failWeight: 1, feasWeight: 1, random: 60, replicateEvery: 8, replicateFrom: 20, xi: 0, wide: 3,
}
const given = (globalThis as any).process?.env?.T
if (given) Object.assign(T, JSON.parse(given))
