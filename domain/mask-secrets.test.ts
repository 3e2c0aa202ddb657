import { expect, test } from 'vitest'
import { isSecretName, maskSecrets, secretsOf, withoutSecrets } from './mask-secrets.ts'

test.each([
  ['REDLINE_TOKEN=redline_abcdefgh1234', 'REDLINE_TOKEN=***'],
  ['open https://x/join#Zz-9_secretcode now', 'open https://x/join#*** now'],
  ['redis://:p4ss@cache:6379', 'redis://:***@cache:6379'],
  ['postgresql://redline:p4ss@db:5432/redline', 'postgresql://redline:***@db:5432/redline'],
  ['postgres://redline:hunter@2@db/redline', 'postgres://redline:***@db/redline'],
  ['{"url":"http://127.0.0.1:8080/v1","mail":"a@b"}', '{"url":"http://127.0.0.1:8080/v1","mail":"a@b"}'],
  [
    '{"url":"http://127.0.0.1:8080","image":"x@sha256:1"}',
    '{"url":"http://127.0.0.1:8080","image":"x@sha256:1"}',
  ],
  ['["run","--key","hf_CMDSECRETabc"]', '["run","--key","hf_***"]'],
  ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whsec_***'],
  ['Authorization: Bearer eyJh.bGci', 'Authorization: Bearer ***'],
  ['{"password":"hunter22","name":"ada"}', '{"password":"***","name":"ada"}'],
  ['HF_TOKEN: hf_abc', 'HF_TOKEN: ***'],
  ['TEMPORAL_API_KEY="abc def"', 'TEMPORAL_API_KEY="*** def"'],
  ['output tokens: 5, max_tokens 3', 'output tokens: 5, max_tokens 3'],
])('%s', (text, masked) => {
  expect(maskSecrets(text)).toBe(masked)
})

test('a known secret is found wherever it stands; one too short to be one is left', () => {
  expect(maskSecrets('key abcdef123 of a host', ['abcdef123', 'a'])).toBe('key *** of a host')
})

test.each([
  ['HF_TOKEN', true],
  ['AWS_ACCESS_KEY_ID', true],
  ['OPENAI_API_KEY', true],
  ['PGPASSWORD', true],
  ['npm_authToken', true],
  ['PGPASS', true],
  ['GITHUB_PAT', true],
  ['SENTRY_DSN', true],
  ['SSHPASS', true],
  ['HF_HUB_BEARER', true],
  ['AZURE_CONNECTION_STRING', true],
  ['TOKENIZERS_PARALLELISM', false],
  ['MAX_TOKENS', false],
  ['COMPASS_HOME', false],
  ['PATH', false],
  ['PWD', false],
  ['OLDPWD', false],
  ['DB_PWD', true],
  ['VLLM_LOGGING_LEVEL', false],
])('%s is the name of a secret: %s', (name, secret) => {
  expect(isSecretName(name)).toBe(secret)
})

test('a request is shown without its secrets and with the rest', () => {
  const proxy = 'http://ada:pw@proxy:3128'
  const spec = { engine: { env: { HF_TOKEN: 'hf_abc', LEVEL: 'debug', HTTPS_PROXY: proxy } }, seed: 1 }
  const env = { HF_TOKEN: '***', LEVEL: 'debug', HTTPS_PROXY: '***' }
  expect(withoutSecrets(spec)).toEqual({ engine: { env }, seed: 1 })
  expect(secretsOf(spec)).toEqual(['hf_abc', proxy])
})
