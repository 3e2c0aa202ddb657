import type { ReportDocument } from './document.ts'
import type { Block } from './section.ts'

/** Writes a report as Markdown (GitHub's tables), without its charts. */
export function reportMarkdown({ title, subtitle, headline, facts, sections }: ReportDocument): string {
  const parts = [
    `# ${escaped(title)}`,
    escaped(subtitle),
    `**${escaped(headline)}**`,
    facts
      .map(
        ({ name, value, note }) =>
          `- ${name}: **${escaped(value)}**${note === '' ? '' : ` (${escaped(note)})`}`,
      )
      .join('\n'),
    ...sections.flatMap((section) => {
      const blocks = section.blocks.flatMap(written)
      return blocks.length === 0 ? [] : [`## ${section.title}`, ...blocks]
    }),
  ]
  return `${parts.join('\n\n')}\n`
}

function written(block: Block): string[] {
  switch (block.kind) {
    case 'text':
      return [escaped(block.text)]
    case 'list':
      return [block.items.map((item) => `- ${escaped(item)}`).join('\n')]
    case 'plot':
      return []
    case 'code': {
      const fence = '`'.repeat(Math.max(3, ...[...block.text.matchAll(/`+/g)].map(([run]) => run.length + 1)))
      return [`### ${block.label}`, `${fence}${block.language}\n${block.text.trimEnd()}\n${fence}`]
    }
    case 'table': {
      const numeric = new Set(block.numeric)
      const row = (cells: string[]) =>
        `| ${cells.map((cell) => escaped(cell).replaceAll('\n', ' ')).join(' | ')} |`
      const rule = block.head.map((_, column) => (numeric.has(column) ? '---:' : '---'))
      return [[row(block.head), `| ${rule.join(' | ')} |`, ...block.rows.map(row)].join('\n')]
    }
  }
}

/** Keeps text from being taken for markup. */
function escaped(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>|#~]/g, (character) => `\\${character}`)
}
