import type { ReportDocument } from './document.ts'
import { escapeHtml, svgPlot, type PlotSeries } from './plot.ts'
import type { Block } from './section.ts'
import { REPORT_STYLE } from './style.ts'

/** Writes a report as one HTML file that needs nothing else: no script, no font, no request. */
export function reportHtml({ title, subtitle, headline, verdict, facts, sections }: ReportDocument): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)} · Redline report</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<main>
<header><p class="sub">Redline report</p><h1>${escapeHtml(title)}</h1><p class="sub">${escapeHtml(subtitle)}</p></header>
<p class="headline ${verdict}">${escapeHtml(headline)}</p>
<dl class="facts">${facts
    .map(
      ({ name, value, note }) =>
        `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}<span class="sub">${escapeHtml(note)}</span></dd></div>`,
    )
    .join('')}</dl>
${sections
  .map(
    (section) =>
      `<section><h2>${escapeHtml(section.title)}</h2>\n${section.blocks.map(written).join('\n')}\n</section>`,
  )
  .join('\n')}
</main>
</body>
</html>
`
}

function written(block: Block): string {
  switch (block.kind) {
    case 'text':
      return `<p>${escapeHtml(block.text)}</p>`
    case 'list':
      return `<ul>${block.items.map((item) => `<li>${escapeHtml(item)}</li>`).join('')}</ul>`
    case 'code':
      return `<h3>${escapeHtml(block.label)}</h3><pre tabindex="0" aria-label="${escapeHtml(block.label)}"><code>${escapeHtml(block.text.trimEnd())}</code></pre>`
    case 'plot':
      return `<figure><figcaption>${escapeHtml(block.plot.title)}</figcaption>${svgPlot(block.plot)}<ul class="legend">${block.plot.series
        .map(
          (series) =>
            `<li class="${series.tone}">${SHAPES[series.form]} <span>${escapeHtml(series.name)}</span></li>`,
        )
        .join('')}</ul></figure>`
    case 'table':
      return table(block)
  }
}

const SHAPES: Record<PlotSeries['form'], string> = {
  dots: '●',
  triangles: '△',
  crosses: '✕',
  diamonds: '◆',
  line: '━',
  steps: '━',
  dashes: '┅',
}

function table({ head, rows, numeric = [] }: Extract<Block, { kind: 'table' }>): string {
  const kind = (column: number) => (numeric.includes(column) ? ' class="n"' : '')
  const headed = head.some((title) => title !== '')
  return `<div class="scroll" tabindex="0" role="group" aria-label="${escapeHtml(head.find((title) => title !== '') ?? 'Table')}"><table>${
    headed
      ? `<thead><tr>${head.map((title, column) => `<th scope="col"${kind(column)}>${escapeHtml(title)}</th>`).join('')}</tr></thead>`
      : ''
  }<tbody>${rows
    .map(
      (row) =>
        `<tr>${row.map((cell, column) => (column === 0 ? `<th scope="row">${escapeHtml(cell)}</th>` : `<td${kind(column)}>${escapeHtml(cell)}</td>`)).join('')}</tr>`,
    )
    .join('')}</tbody></table></div>`
}
