/** An engine that cannot answer a small question by then is left alone. */
const ANSWER_WITHIN_MS = 5000

/** What an engine answered: whether with a status of success, and the text. */
export interface EngineAnswer {
  ok: boolean
  text: string
}

/** Asks an engine something beside its load; null when it does not answer. Throws the signal's reason when aborted. */
export async function askEngine(
  url: string,
  { method = 'GET', signal }: { method?: 'GET' | 'POST'; signal: AbortSignal },
): Promise<EngineAnswer | null> {
  signal.throwIfAborted()
  try {
    const within = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)])
    const response = await fetch(url, { method, signal: within })
    return { ok: response.ok, text: await response.text() }
  } catch {
    signal.throwIfAborted()
    return null
  }
}
