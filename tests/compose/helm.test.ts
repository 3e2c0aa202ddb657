import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, inject, onTestFinished, test } from 'vitest'
import { installPython } from '../../bench/python-package.ts'
import { run } from '../../components/run.ts'
import { ROOT } from '../service.ts'

const HELM = 'helm.sh/helm/v3/cmd/helm@v3.19.2'
const CHART = join(ROOT, 'deploy/helm')
const { env } = process

let helm = ''
let validate = ''
beforeAll(async () => {
  const folder = join(inject('cacheDir'), 'compose', 'bin')
  helm = join(folder, 'helm')
  if (!existsSync(helm)) {
    process.stderr.write(`  helm: building ${HELM}\n`)
    await run('go', ['install', HELM], { env: { ...env, GOBIN: folder, CGO_ENABLED: '0' } })
  }
  validate = join(
    await installPython(inject('cacheDir'), 'kubernetes-validate', '1.37.0'),
    'kubernetes-validate',
  )
})

const written = (...values: string[]) =>
  run(helm, ['template', 'r', CHART, ...values.flatMap((value) => ['--set', value])], { env })

test.each([
  ['as it comes', []],
  ['with an ingress over TLS', ['api.ingress.enabled=true', 'api.ingress.tlsSecret=tls']],
  [
    'without GPUs, with models on a claim',
    ['worker.gpus=0', 'worker.models.hostPath=null', 'worker.models.persistentVolumeClaim.claimName=m'],
  ],
] as const)('the chart is what Kubernetes takes, %s', async (_, values) => {
  const folder = await mkdtemp(join(tmpdir(), 'redline-helm-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'chart.yaml')
  const text = await written(...values)
  await writeFile(file, text)
  expect(text).toContain('kind: DaemonSet')
  await run(validate, ['--strict', file], { env })
})

test('traces are sent by the API and the workers where the chart is told, and else nowhere', async () => {
  const variables = async (...values: string[]) =>
    [...(await written(...values)).matchAll(/OTEL_EXPORTER_OTLP_ENDPOINT\n\s+value: "(.*)"/g)].map(
      ([, endpoint]) => endpoint,
    )
  const endpoint = 'http://collector:4318'
  expect(await variables(`otlpEndpoint=${endpoint}`)).toEqual([endpoint, endpoint])
  expect(await variables()).toEqual([])
})

test('a value that the chart does not know is refused by name', async () => {
  await expect(written('api.replica=2')).rejects.toThrow(/replica/)
})
