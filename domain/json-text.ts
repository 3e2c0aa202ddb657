/** Stands in a text for what was left out of it; nobody outside can know it, so that no value can hold it. */
const MARK = crypto.randomUUID()
const QUOTED_MARK = JSON.stringify(MARK)

let leftOut: string[] = []

/** JSON that is only passed on: it stays the text that it came as, see {@link writeJson}. */
export class JsonText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  toJSON(): string {
    leftOut.push(this.text)
    return MARK
  }
}

/** Passes JSON on that may be missing. */
export function jsonText(text: string): JsonText
export function jsonText(text: string | null): JsonText | null
export function jsonText(text: string | null): JsonText | null {
  return text === null ? null : new JsonText(text)
}

/** Writes a value as JSON, with each {@link JsonText} in it as it is. */
export function writeJson(value: unknown): string {
  leftOut = []
  const [first = '', ...rest] = JSON.stringify(value).split(QUOTED_MARK)
  return rest.reduce((text, part, index) => text + (leftOut[index] ?? '') + part, first)
}
