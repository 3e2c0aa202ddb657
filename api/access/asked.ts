import { isSecretName, maskSecrets } from '../../domain/mask-secrets.ts'

const MOST_CHARACTERS = 500

/**
 * Says what a change asked for, for the audit log: the plain values of its body, and the id of what it made. Secrets and
 * whole documents are left out.
 */
export function askedOf(body: unknown, made: unknown): string | null {
  const values = [...Object.entries(objectOf(body)), ...Object.entries(objectOf(made)).filter(isId)].flatMap(
    ([name, value]) => (isPlain(value) && !isSecret(name) ? [`${name}: ${String(value)}`] : []),
  )
  return values.length === 0 ? null : maskSecrets(values.join(', ')).slice(0, MOST_CHARACTERS)
}

function objectOf(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {}
}

function isId([name]: [string, unknown]): boolean {
  return name === 'id'
}

/** An invitation's code is one too, for as long as nobody has used it. */
function isSecret(name: string): boolean {
  return name === 'code' || isSecretName(name)
}

function isPlain(value: unknown): boolean {
  return Array.isArray(value) ? value.every(isPlain) : ['string', 'number', 'boolean'].includes(typeof value)
}
