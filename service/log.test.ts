import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { z } from 'zod'

const Line = z.object({ msg: z.string(), trace_id: z.string().optional(), span_id: z.string().optional() })

test('a line of the log names the trace that it was written in', async () => {
  const script = `
    import { trace } from '@opentelemetry/api'
    import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
    import { createLogger } from './service/log.ts'
    new NodeTracerProvider().register()
    const log = createLogger('api', 'info')
    trace.getTracer('test').startActiveSpan('request', (span) => {
      log.info('within')
      console.log(JSON.stringify(span.spanContext()))
    })
    log.info('outside')`
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', script],
    { cwd: join(import.meta.dirname, '..') },
  )
  const { traceId, spanId } = z.object({ traceId: z.string(), spanId: z.string() }).parse(JSON.parse(stdout))
  const lines = stderr.trim().split('\n')
  expect(lines.map((line) => Line.parse(JSON.parse(line)))).toEqual([
    { msg: 'within', trace_id: traceId, span_id: spanId },
    { msg: 'outside' },
  ])
})
