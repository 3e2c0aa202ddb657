/** Returns whether a line of a log tells of an error. */
export function isErrorLine(line: string): boolean {
  // llama.cpp writes the severity as a letter after the time.
  return /^\d[\d.]* E |\b(error|fatal|failed|exception|abort(ed)?|panic|out of memory|segmentation fault)\b/i.test(
    line,
  )
}

/** Splits a line where it holds the text that is searched, whatever the case. */
export function splitByMatch(line: string, search: string): { text: string; match: boolean }[] {
  if (search === '') return [{ text: line, match: false }]
  const parts: { text: string; match: boolean }[] = []
  const [lower, wanted] = [line.toLowerCase(), search.toLowerCase()]
  let from = 0
  for (let at = lower.indexOf(wanted); at !== -1; at = lower.indexOf(wanted, from)) {
    if (at > from) parts.push({ text: line.slice(from, at), match: false })
    parts.push({ text: line.slice(at, at + search.length), match: true })
    from = at + search.length
  }
  if (from < line.length) parts.push({ text: line.slice(from), match: false })
  return parts
}
