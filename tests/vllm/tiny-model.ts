import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const LETTERS = Array.from({ length: 26 }, (_, index) => String.fromCharCode(97 + index))
const PRINTABLE = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index))
const PAIRS = LETTERS.flatMap((first) => LETTERS.map((second): [string, string] => [first, second]))
/** A blank and the end of a line are written so in a byte-level vocabulary. */
const TOKENS = ['<unk>', '<s>', '</s>', 'Ġ', 'Ċ', ...PRINTABLE, ...PAIRS.map((pair) => pair.join(''))]

const CONFIG = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_size: 128,
  intermediate_size: 256,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 32,
  vocab_size: TOKENS.length,
  max_position_embeddings: 2048,
  rms_norm_eps: 1e-5,
  rope_theta: 10_000,
  hidden_act: 'silu',
  tie_word_embeddings: false,
  bos_token_id: 1,
  eos_token_id: 2,
  dtype: 'bfloat16',
}

const TOKENIZER = {
  version: '1.0',
  added_tokens: TOKENS.slice(0, 3).map((content, id) => ({
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  })),
  normalizer: null,
  pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
  post_processor: null,
  decoder: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
  model: {
    type: 'BPE',
    unk_token: '<unk>',
    vocab: Object.fromEntries(TOKENS.map((token, id) => [token, id])),
    merges: PAIRS,
  },
}

const TOKENIZER_CONFIG = {
  tokenizer_class: 'PreTrainedTokenizerFast',
  bos_token: '<s>',
  eos_token: '</s>',
  unk_token: '<unk>',
  chat_template: "{% for message in messages %}{{ message['content'] }}{% endfor %}",
}

/** Writes a Llama of two layers without weights, to be served with --load-format dummy: what it says means nothing. */
export async function writeTinyModel(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const files = { config: CONFIG, tokenizer: TOKENIZER, tokenizer_config: TOKENIZER_CONFIG }
  for (const [name, content] of Object.entries(files))
    await writeFile(join(folder, `${name}.json`), JSON.stringify(content))
}
