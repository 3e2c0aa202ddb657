import type { Verdict } from '../domain/report.ts'
import { deploymentSection } from './deployment-section.ts'
import type { ReportInput } from './input.ts'
import { methodSection } from './method-section.ts'
import { gainSection, limitsSection, outcomeFacts, settingsSection } from './outcome-sections.ts'
import { frontSection } from './front-section.ts'
import { allExperimentsSection, failuresSection, searchSection, tradeOffSection } from './search-sections.ts'
import type { Fact, Section } from './section.ts'

/** A report, before it is written as HTML or Markdown. */
export interface ReportDocument {
  title: string
  subtitle: string
  headline: string
  verdict: Verdict
  facts: Fact[]
  sections: Section[]
}

/** Puts a report together: the verdict first, then what it rests on, then what to deploy. */
export function reportDocument(input: ReportInput): ReportDocument {
  const { spec, report } = input
  const sections = [
    settingsSection(input),
    gainSection(input),
    limitsSection(input),
    deploymentSection(input),
    searchSection(input),
    frontSection(input),
    tradeOffSection(input),
    failuresSection(input),
    methodSection(input),
    allExperimentsSection(input),
  ]
  return {
    title: spec.name,
    subtitle: `${spec.engine.kind} serving ${spec.engine.model}; report of ${report.createdAt.slice(0, 10)}`,
    headline: report.headline,
    verdict: report.verdict,
    facts: outcomeFacts(input),
    sections: sections.filter(({ blocks }) => blocks.length > 0),
  }
}
