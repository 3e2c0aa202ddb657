/** What gives a secret away by its form: tokens, invitations, passwords in addresses, and values of telling names. */
const FORMS: [RegExp, string][] = [
  [/redline_[\w-]{8,}/g, 'redline_***'],
  // Of Hugging Face, OpenAI, GitHub, GitLab, Slack, AWS, and of webhooks.
  [/\b(hf_|sk-|gh[opsru]_|github_pat_|glpat-|xox[abprs]-|AKIA|whsec_)[\w+/=-]{8,}/g, '$1***'],
  [/(join#)[\w-]+/g, '$1***'],
  // To the last @ before the path: a password may hold one.
  [/(\w+:\/\/[^\s:/@"']*:)[^\s/?#"'<>{}]+@/g, '$1***@'],
  [/(Bearer\s+)[\w.~+/-]+=*/gi, '$1***'],
  [
    /((?:password|passphrase|secret|token|bearer|api[_-]?key|encryption_key|connection_string)["']?\s*[:=]\s*["']?)(?!\*\*\*)[^\s"',}]+/gi,
    '$1***',
  ],
]

/** What is shown in place of a secret. */
export const MASK = '***'

/** What a secret begins with that is stored encrypted. */
export const SEALED = 'encrypted:'

/** Takes each of the secrets that are known out of a text; one too short to be one is left. */
export function maskKnown(text: string, known: readonly string[]): string {
  return known
    .filter((secret) => secret.length >= 6)
    .reduce((rest, secret) => rest.replaceAll(secret, MASK), text)
}

/** Takes what looks like a secret out of a text, and each of the secrets that are known. */
export function maskSecrets(text: string, known: readonly string[] = []): string {
  return FORMS.reduce((rest, [form, instead]) => rest.replace(form, instead), maskKnown(text, known))
}

const TELLING_WORDS = /passw|passphrase|secret|bearer|connection_?string/i
/** Of these only what ends a word tells: MAX_TOKENS and COMPASS are none. */
const TELLING_ENDS = /(token|key|auth|credentials?|(^|_|pg|ssh)(pass|pwd|pat|dsn))(_|$)/i

/** Where a shell is and was: no passwords. */
const FOLDERS = ['PWD', 'OLDPWD']

/** Tells whether a variable holds a secret, by its name. */
export function isSecretName(name: string): boolean {
  return !FOLDERS.includes(name) && (TELLING_WORDS.test(name) || TELLING_ENDS.test(name))
}

/** Tells whether a variable holds a secret: by its name, or as an address with a password in it. */
function isSecret(name: string, value: string): boolean {
  return isSecretName(name) || value.startsWith(SEALED) || /:\/\/[^\s:/@]*:[^\s/?#]+@/.test(value)
}

type WithVariables = { engine: { env: Record<string, string> } }

/** Returns the secrets that a request gives to its engine. */
export function secretsOf({ engine }: WithVariables): string[] {
  return Object.entries(engine.env).flatMap(([name, value]) => (isSecret(name, value) ? [value] : []))
}

/** Returns a request as it may be shown: without the secrets that it gives to its engine. */
export function withoutSecrets<Spec extends WithVariables>(spec: Spec): Spec {
  return withSecrets(spec, () => MASK)
}

/** Returns a request with each of its secrets replaced. */
export function withSecrets<Spec extends WithVariables>(
  spec: Spec,
  replace: (secret: string) => string,
): Spec {
  const { engine } = spec
  const env = Object.fromEntries(
    Object.entries(engine.env).map(([name, value]): [string, string] => [
      name,
      isSecret(name, value) ? replace(value) : value,
    ]),
  )
  return { ...spec, engine: { ...engine, env } }
}
