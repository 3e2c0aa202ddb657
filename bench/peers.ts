import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { reasonOf } from '../components/component.ts'
import { installVllm } from '../tests/vllm/install.ts'
import { installPython } from './python-package.ts'
import type { LoadClient, WantedLoad } from './load-clients.ts'

/** Where a peer's program lies, and a folder with a tokenizer, which all of them want to make prompts with. */
interface Place {
  program: string
  tokenizer: string
}

/** Returns the peers that are wanted and can be had on this machine, and says why another cannot. */
export async function findPeers(
  cacheDir: string,
  tokenizer: string,
  tell: (text: string) => void,
  wanted: (name: string) => boolean = () => true,
): Promise<LoadClient[]> {
  const found: LoadClient[] = []
  for (const { name, install, client } of PEERS.filter((peer) => wanted(peer.name)))
    try {
      tell(`${name}: looking for it in the cache, else installing it from PyPI`)
      found.push({ name, ...client({ program: await install(cacheDir, tell), tokenizer }) })
    } catch (error) {
      tell(`${name} is left out: ${reasonOf(error)}`)
    }
  return found
}

interface Peer {
  name: string
  install: (cacheDir: string, tell: (text: string) => void) => Promise<string>
  client: (place: Place) => Omit<LoadClient, 'name'>
}

const fromPypi = (name: string, version: string) => async (cacheDir: string) =>
  join(await installPython(cacheDir, name, version), name)

const json = (folder: string, name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'))

const PEERS: Peer[] = [
  { name: 'AIPerf 0.13.0', install: fromPypi('aiperf', '0.13.0'), client: aiperf },
  { name: 'GuideLLM 0.8.1', install: fromPypi('guidellm', '0.8.1'), client: guidellm },
  { name: 'vllm bench serve 0.32.0', install: installVllm, client: vllm },
]

const AiperfRecord = z.object({
  metrics: z.object({
    usage_prompt_tokens: z.object({ value: z.number() }),
    time_to_first_token: z.object({ value: z.number() }),
    inter_chunk_latency: z.object({ value: z.array(z.number()) }).optional(),
  }),
})

function aiperf({ program, tokenizer }: Place): Omit<LoadClient, 'name'> {
  return {
    command: ({ port, requests, tokens, load, seed, folder, prompts }) => ({
      program,
      args: [
        ...['profile', '--model', 'truth', '--url', `http://127.0.0.1:${port}`],
        ...['--endpoint-type', 'chat', '--streaming', '--request-count', String(requests)],
        ...('streams' in load
          ? ['--concurrency', String(load.streams)]
          : ['--request-rate', String(load.rate), '--arrival-pattern', 'poisson']),
        ...(prompts === undefined
          ? ['--isl', '8', '--osl', String(tokens)]
          : ['--input-file', prompts, '--custom-dataset-type', 'single_turn']),
        ...['--random-seed', String(seed)],
        ...['--tokenizer', tokenizer, '--use-server-token-count', '--extra-inputs', 'ignore_eos:true'],
        ...['--artifact-dir', join(folder, 'aiperf'), '--export-level', 'records', '--ui', 'none'],
        ...['--no-server-metrics', '--no-gpu-telemetry'],
      ],
    }),
    read: ({ folder }) =>
      readFileSync(join(folder, 'aiperf', 'profile_export.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => AiperfRecord.safeParse(JSON.parse(line)).data?.metrics)
        .filter((metrics) => metrics !== undefined)
        .map(({ usage_prompt_tokens, time_to_first_token, inter_chunk_latency }) => ({
          number: usage_prompt_tokens.value,
          ttftMs: time_to_first_token.value,
          gapsMs: inter_chunk_latency?.value ?? [],
          lateMs: null,
        })),
  }
}

const GuidellmReport = z.object({
  benchmarks: z.tuple([
    z.object({
      requests: z.object({
        successful: z.array(
          z.object({
            input_metrics: z.object({ text_tokens: z.number() }),
            info: z.object({
              timings: z.object({
                targeted_start: z.number(),
                request_start: z.number(),
                first_token_iteration: z.number(),
              }),
            }),
          }),
        ),
      }),
    }),
  ]),
})

function guidellm({ program, tokenizer }: Place): Omit<LoadClient, 'name'> {
  const backend = ({ port }: WantedLoad) =>
    `kind=openai_http,target=http://127.0.0.1:${port},model=truth,request_format=/v1/chat/completions,validate_backend=false`
  return {
    command: (wanted) => ({
      program,
      args: [
        ...['run', '--backend', backend(wanted), '--profile'],
        'streams' in wanted.load
          ? `kind=concurrent,streams=${wanted.load.streams}`
          : `kind=poisson,rate=${wanted.load.rate}`,
        ...['--constraint', `kind=max_requests,count=${wanted.requests}`],
        ...['--tokenizer', `kind=huggingface_auto,model=${tokenizer}`],
        '--data',
        wanted.prompts === undefined
          ? `kind=synthetic_text,prompt_tokens=8,output_tokens=${wanted.tokens}`
          : `kind=json_file,path=${wanted.prompts}`,
        ...['--seed', `kind=static,value=${wanted.seed}`],
        ...['--output', `kind=json,path=${join(wanted.folder, 'guidellm.json')}`, '--disable-console'],
      ],
    }),
    read: ({ folder }) =>
      GuidellmReport.parse(json(folder, 'guidellm.json')).benchmarks[0].requests.successful.map(
        ({ input_metrics, info: { timings } }) => ({
          number: input_metrics.text_tokens,
          ttftMs: (timings.first_token_iteration - timings.request_start) * 1000,
          gapsMs: [],
          // It leaves some at 0.
          lateMs:
            timings.targeted_start === 0 ? null : (timings.request_start - timings.targeted_start) * 1000,
        }),
      ),
  }
}

const VllmResult = z.object({
  input_lens: z.array(z.number()),
  ttfts: z.array(z.number()),
  itls: z.array(z.array(z.number())),
  errors: z.array(z.string()),
})

function vllm({ program, tokenizer }: Place): Omit<LoadClient, 'name'> {
  return {
    command: ({ port, requests, tokens, load, seed, folder }) => ({
      program,
      env: { HF_HUB_OFFLINE: '1' },
      args: [
        ...['bench', 'serve', '--backend', 'openai-chat', '--endpoint', '/v1/chat/completions'],
        ...['--base-url', `http://127.0.0.1:${port}`, '--model', 'truth', '--tokenizer', tokenizer],
        ...('streams' in load
          ? ['--max-concurrency', String(load.streams)]
          : ['--request-rate', String(load.rate)]),
        ...['--dataset-name', 'random', '--random-input-len', '8', '--random-output-len', String(tokens)],
        ...['--num-prompts', String(requests), '--ignore-eos', '--seed', String(seed), '--disable-tqdm'],
        ...['--save-result', '--save-detailed', '--result-filename', join(folder, 'vllm.json')],
      ],
    }),
    read: ({ folder, tokens }) => {
      const { input_lens, ttfts, itls, errors } = VllmResult.parse(json(folder, 'vllm.json'))
      return input_lens.flatMap((number, index) =>
        errors[index] !== ''
          ? []
          : [
              {
                number,
                ttftMs: (ttfts[index] ?? NaN) * 1000,
                // Its first gap lies between the role chunk and the first token, its last before the finish chunk.
                gapsMs: (itls[index] ?? []).slice(1, tokens).map((s) => s * 1000),
                lateMs: null,
              },
            ],
      )
    },
  }
}
