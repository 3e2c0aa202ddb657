import type { StampedBody } from '../sse.ts'

/** Returns a body that arrived in these pieces, the k-th at time k. */
export function body(...parts: (string | Uint8Array)[]): StampedBody {
  const pieces = parts.map((part) => Buffer.from(part))
  let end = 0
  return {
    body: Buffer.concat(pieces),
    ends: pieces.map((piece) => (end += piece.length)),
    times: pieces.map((_, index) => index),
  }
}
