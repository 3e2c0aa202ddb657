import type { Plot } from './plot.ts'

/** A piece of a report, whatever it is written as. */
export type Block =
  | { kind: 'text'; text: string }
  | { kind: 'list'; items: string[] }
  | {
      kind: 'table'
      head: string[]
      rows: string[][]
      /** Columns of numbers. */
      numeric?: number[]
    }
  | { kind: 'code'; label: string; language: string; text: string }
  | { kind: 'plot'; plot: Plot }

export interface Section {
  title: string
  blocks: Block[]
}

export interface Fact {
  name: string
  value: string
  note: string
}
