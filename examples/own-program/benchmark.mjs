// A program that measures a configuration by itself: it generates text from a table of what follows what, in batches,
// and prints how fast that was. Everything that it needs to know comes in variables; the last line is the result.
const { batch = 1, order = 1, reuse = false } = JSON.parse(process.env.REDLINE_CONFIGURATION ?? '{}')
const seed = Number(process.env.REDLINE_SEED ?? 0)
const MEASURED_MS = 150
const MOST_STATES = 40_000

function fail(error, kind) {
  console.log(JSON.stringify({ error, kind }))
  process.exit(1)
}
if (batch * 40 ** order > MOST_STATES)
  fail(`a table of ${batch} x 40^${order} states is too large`, 'out_of_memory')

let state = seed + 1
const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32
const makeTable = () =>
  new Map(Array.from({ length: 40 ** order }, (_, index) => [index, Math.floor(random() * 40)]))

let table = makeTable()
let tokens = 0
const latenciesMs = []
const startMs = performance.now()
while (performance.now() - startMs < MEASURED_MS) {
  const batchStartMs = performance.now()
  if (!reuse) table = makeTable()
  const contexts = new Uint32Array(batch)
  for (let step = 0; step < 64; step++)
    for (let at = 0; at < batch; at++)
      contexts[at] = (contexts[at] * 40 + (table.get(contexts[at]) ?? 0)) % 40 ** order
  tokens += 64 * batch
  latenciesMs.push(performance.now() - batchStartMs)
}
const seconds = (performance.now() - startMs) / 1000
latenciesMs.sort((a, b) => a - b)
console.log(`${latenciesMs.length} batches`)
console.log(
  JSON.stringify({
    metrics: {
      output_tokens_per_second: tokens / seconds,
      e2e_p90_ms: latenciesMs[Math.floor(latenciesMs.length * 0.9)],
    },
  }),
)
