import { composeFile } from './compose.ts'
import { deploymentOf, type Deployment } from './deployment.ts'
import { helmValues } from './helm-values.ts'
import { experimentOf, type ReportInput } from './input.ts'
import { kubernetesManifest } from './kubernetes.ts'
import type { Section } from './section.ts'

/** Makes the container of the best configuration; null when there is none to deploy. */
export function bestDeployment(input: ReportInput): Deployment | null {
  const best = experimentOf(input, input.report.best?.number)
  return best?.conditions == null ? null : deploymentOf(input.spec, best.configuration, best.conditions)
}

/** What to deploy, in every form. */
export function deploymentSection(input: ReportInput): Section {
  const deployment = bestDeployment(input)
  const { command } = input.report
  return {
    title: input.report.best?.feasible === false ? 'To deploy what comes closest' : 'To deploy',
    blocks: [
      ...(command === null
        ? []
        : [{ kind: 'code' as const, label: 'Command line', language: 'sh', text: command }]),
      ...(deployment === null
        ? []
        : [
            {
              kind: 'code' as const,
              label: 'Docker Compose',
              language: 'yaml',
              text: composeFile(deployment),
            },
            {
              kind: 'code' as const,
              label: 'Kubernetes',
              language: 'yaml',
              text: kubernetesManifest(deployment),
            },
            { kind: 'code' as const, label: 'Helm values', language: 'yaml', text: helmValues(deployment) },
          ]),
    ],
  }
}
