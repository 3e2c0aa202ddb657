import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { RuntimeSpec } from '../domain/runtime.ts'
import type { TuningSpec } from '../domain/tuning.ts'
import { composeFile } from './compose.ts'
import { deploymentOf, type Deployment } from './deployment.ts'
import { helmValues } from './helm-values.ts'
import { kubernetesManifest } from './kubernetes.ts'
import { conditionsOf, sampleInput } from './sample.ts'

interface ComposeFile {
  services: Record<
    string,
    {
      image: string
      entrypoint: string[]
      command: string[]
      ports: string[]
      volumes: { source: string }[]
      deploy: { resources: { reservations: { devices: object[] } } }
    }
  >
  volumes: object
}

interface Named {
  name: string
}

interface Manifest {
  metadata: object
  spec: {
    selector: { matchLabels: object }
    template: {
      metadata: { labels: object }
      spec: {
        volumes: Named[]
        containers: {
          command: string[]
          args: string[]
          env: { value: string }[]
          resources: { limits: object }
          readinessProbe: { httpGet: object }
          volumeMounts: Named[]
        }[]
      }
    }
  }
}

interface Values {
  controllers: { main: { containers: { main: { image: object; args: string[] } } } }
  service: { main: { ports: { http: { port: number } } } }
}

const NAME = 'chat-16-people'

/** As kubectl, Helm and Compose read it, to which a bare `off` is no text. */
function read(text: string): unknown[] {
  return parseAllDocuments(text, { version: '1.1' }).map((document) => document.toJS() as unknown)
}

function composed(deployment: Deployment) {
  const file = read(composeFile(deployment))[0] as ComposeFile
  const service = file.services[NAME]
  if (service === undefined) throw new Error('no such service')
  return { file, service }
}

const valuesOf = (deployment: Deployment) => read(helmValues(deployment))[0] as Values

/** Values that a careless writer of YAML, of Compose files or of manifests gets wrong. */
const AWKWARD = {
  speculative_config: '{"method": "ngram", "tokens": 4}',
  chat_template: "it's $HOME and $(POD) and $$",
  revision: 'yes',
  flash_attn: 'off',
  load_format: '0123',
  served_model_name: '1:30',
  tokenizer_mode: ' two  spaces: # no comment',
}

const { spec } = sampleInput()

function deployed(change: Partial<TuningSpec> = {}, conditions = conditionsOf()): Deployment {
  const deployment = deploymentOf({ ...spec, ...change }, AWKWARD, conditions)
  if (deployment === null) throw new Error('nothing to deploy')
  return deployment
}

/** What Compose makes of a value: $NAME replaced, $$ a dollar sign. */
function afterCompose(text: string): string {
  return text.replaceAll(/\$(\$|\{?\w+\}?)/g, (_, rest: string) => (rest === '$' ? '$' : '(replaced)'))
}

/** What Kubernetes makes of a value: $(NAME) replaced, $$ a dollar sign. */
function afterKubernetes(text: string): string {
  return text.replaceAll(/\$(\$|\(\w+\))/g, (_, rest: string) => (rest === '$' ? '$' : '(replaced)'))
}

test('Compose starts the very arguments, whatever stands in them', () => {
  const deployment = deployed()
  const { file, service } = composed(deployment)
  expect(service.entrypoint).toEqual(['vllm'])
  expect(service.command.map(afterCompose)).toEqual(deployment.args)
  expect(deployment.args).toEqual(expect.arrayContaining(Object.values(AWKWARD)))
  expect(service.ports).toEqual(['8080:8080'])
  expect(service.image).toBe('vllm/vllm-openai:v0.32.0')
  expect(service.deploy.resources.reservations.devices[0]).toMatchObject({ driver: 'nvidia', count: 2 })
  expect(file.volumes).toHaveProperty(service.volumes[0]?.source ?? '')
})

test('Kubernetes starts the very arguments, with as many GPUs, and sends traffic when it is ready', () => {
  const deployment = deployed({ engine: { ...spec.engine, env: { NOTE: 'a $(B) c' } } })
  const [workload, service] = read(kubernetesManifest(deployment)) as Manifest[]
  expect(workload).toMatchObject({ apiVersion: 'apps/v1', kind: 'Deployment' })
  const { containers = [], volumes = [] } = workload?.spec.template.spec ?? {}
  const [container] = containers
  expect(container?.command).toEqual(['vllm'])
  expect(container?.args.map(afterKubernetes)).toEqual(deployment.args)
  expect(container?.env.map(({ value }) => afterKubernetes(value))).toEqual(['a $(B) c'])
  expect(container?.resources.limits).toEqual({ 'nvidia.com/gpu': 2 })
  expect(container?.readinessProbe.httpGet).toEqual({ path: '/health', port: 'http' })
  expect(volumes.map(({ name }) => name)).toEqual(container?.volumeMounts.map(({ name }) => name))
  expect(workload?.spec.selector.matchLabels).toEqual(service?.spec.selector)
  expect(workload?.spec.template.metadata.labels).toMatchObject(service?.spec.selector ?? {})
})

test('Helm values hold the image in parts and the very arguments', () => {
  const deployment = deployed()
  const values = valuesOf(deployment)
  const { main } = values.controllers.main.containers
  expect(main.image).toEqual({ repository: 'vllm/vllm-openai', tag: 'v0.32.0' })
  expect(main.args.map(afterKubernetes)).toEqual(deployment.args)
  expect(values.service.main.ports.http.port).toBe(8080)
})

test.each(['11434', 'b11434'])(
  'a model file is mounted, not copied into the command (build %s)',
  (engineVersion) => {
    const conditions = conditionsOf({
      model: '/data/models/gemma.gguf',
      devices: ['cpu-0'],
      engineVersion,
    })
    const deployment = deployed({ engine: { ...spec.engine, kind: 'llama.cpp' } }, conditions)
    expect(deployment).toMatchObject({ image: 'ghcr.io/ggml-org/llama.cpp:server-b11434', gpus: 0 })
    expect(deployment.args.slice(0, 2)).toEqual(['--model', '/models/gemma.gguf'])
    const [volume] = composed(deployment).service.volumes
    expect(volume).toEqual({ type: 'bind', source: '/data/models', target: '/models', read_only: true })
  },
)

test('a container is deployed from the image that was measured, by its digest', () => {
  const runtime = RuntimeSpec.parse({ kind: 'docker', image: 'registry:5000/vllm:nightly' })
  const digest = 'registry:5000/vllm@sha256:0123'
  expect(deployed({ runtime }).image).toBe('registry:5000/vllm:nightly')
  const deployment = deployed({ runtime }, conditionsOf({ imageDigest: digest }))
  expect(deployment).toMatchObject({ image: digest, program: null })
  expect(valuesOf(deployment).controllers.main.containers.main.image).toEqual({
    repository: 'registry:5000/vllm',
    digest: 'sha256:0123',
  })
})

test('an endpoint that runs already is not deployed', () => {
  expect(deploymentOf({ ...spec, engine: { ...spec.engine, kind: 'openai' } }, {}, conditionsOf())).toBeNull()
})
