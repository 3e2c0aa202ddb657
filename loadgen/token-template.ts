const QUOTE = 34
const BACKSLASH = 92
const KEYS = ['"content":"', '"text":"', '"reasoning_content":"', '"reasoning":"'].map((key) =>
  Buffer.from(key),
)

/**
 * Most events of a stream are the same bytes but for the text of their token. From one such event that was read and
 * found to be nothing but a token this learns what comes before and after the text, and then knows the others by
 * comparing bytes, about ten times faster than by parsing them. What differs anywhere else is parsed.
 */
export class TokenTemplate {
  #before: Buffer | null = null
  #after: Buffer | null = null

  /** Learns from a plain token event at this place of a body, blank line included. */
  learn(body: Buffer, start: number, end: number): void {
    this.#before = null
    this.#after = null
    const event = body.subarray(start, end)
    for (const key of KEYS) {
      const at = event.indexOf(key)
      if (at === -1) continue
      const textStart = at + key.length
      const textEnd = closingQuote(event, textStart)
      if (textEnd === -1 || event.indexOf(key, textEnd) !== -1) return
      if (textEnd === textStart) continue
      this.#before = Buffer.from(event.subarray(0, textStart))
      this.#after = Buffer.from(event.subarray(textEnd))
      return
    }
  }

  /** Returns where the event at this place ends when it is a token event as the one learnt from; -1 when it is not. */
  match(body: Buffer, start: number): number {
    const before = this.#before
    const after = this.#after
    if (before === null || after === null) return -1
    const textStart = start + before.length
    if (textStart + after.length > body.length) return -1
    if (body.compare(before, 0, before.length, start, textStart) !== 0) return -1
    const textEnd = closingQuote(body, textStart)
    const end = textEnd + after.length
    // An empty text is no token, and the end of the body may cut the event off.
    if (textEnd <= textStart || end > body.length) return -1
    return body.compare(after, 0, after.length, textEnd, end) === 0 ? end : -1
  }
}

function closingQuote(bytes: Buffer, from: number): number {
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at]
    if (byte === QUOTE) return at
    if (byte === BACKSLASH) at += 1
  }
  return -1
}
