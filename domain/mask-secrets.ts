/** What gives a secret away by its form: tokens, invitations, passwords in addresses, and values of telling names. */
const FORMS: [RegExp, string][] = [
  [/redline_[\w-]{8,}/g, 'redline_***'],
  [/(join#)[\w-]+/g, '$1***'],
  [/(\w+:\/\/[^\s:/@]+:)[^\s@]+@/g, '$1***@'],
  [/(Bearer\s+)[\w.~+/-]+=*/gi, '$1***'],
  [
    /((?:password|secret|token|api[_-]?key|encryption_key)["']?\s*[:=]\s*["']?)(?!\*\*\*)[^\s"',}]+/gi,
    '$1***',
  ],
]

/** Takes what looks like a secret out of a text, and each of the secrets that are known. */
export function maskSecrets(text: string, known: readonly string[] = []): string {
  const masked = known
    .filter((secret) => secret.length >= 6)
    .reduce((rest, secret) => rest.replaceAll(secret, '***'), text)
  return FORMS.reduce((rest, [form, instead]) => rest.replace(form, instead), masked)
}
