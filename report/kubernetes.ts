import type { Deployment } from './deployment.ts'
import { deploymentYaml } from './deployment-yaml.ts'

/** How long an engine may take until it serves: loading and compiling a large model takes many minutes. */
const PATIENCE_S = 1800
const PROBE_EVERY_S = 10

/** Kubernetes replaces $(NAME) in commands and values; two dollar signs stand for one. */
export function literal(text: string): string {
  return text.replaceAll('$', '$$$$')
}

/** Writes a deployment as a Deployment and its Service, for `kubectl apply -f`. */
export function kubernetesManifest(deployment: Deployment): string {
  const { name, image, port } = deployment
  const labels = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/managed-by': 'redline' }
  const selector = { 'app.kubernetes.io/name': name }
  const documents = [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, labels },
      spec: {
        replicas: 1,
        selector: { matchLabels: selector },
        // Two at a time would need twice the devices.
        strategy: { type: 'Recreate' },
        template: {
          metadata: { labels },
          spec: {
            containers: [{ name: 'engine', image, ...containerParts(deployment) }],
            ...volumes(deployment),
          },
        },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, labels },
      spec: { selector, ports: [{ name: 'http', port, targetPort: 'http' }] },
    },
  ]
  return documents.map(deploymentYaml).join('---\n')
}

function containerParts({ program, args, env, port, readinessPath, gpus, mounts, sharedMemory }: Deployment) {
  const probe = { httpGet: { path: readinessPath, port: 'http' }, periodSeconds: PROBE_EVERY_S }
  const volumeMounts = [
    ...mounts.map(({ name, container, writable }) => ({
      name,
      mountPath: container,
      ...(writable ? {} : { readOnly: true }),
    })),
    ...(sharedMemory === null ? [] : [{ name: 'shm', mountPath: '/dev/shm' }]),
  ]
  return {
    ...(program === null ? {} : { command: [literal(program)] }),
    args: args.map(literal),
    ...(Object.keys(env).length === 0
      ? {}
      : { env: Object.entries(env).map(([name, value]) => ({ name, value: literal(value) })) }),
    ports: [{ name: 'http', containerPort: port }],
    startupProbe: { ...probe, failureThreshold: PATIENCE_S / PROBE_EVERY_S },
    readinessProbe: probe,
    ...(gpus === 0 ? {} : { resources: { limits: { 'nvidia.com/gpu': gpus } } }),
    ...(volumeMounts.length === 0 ? {} : { volumeMounts }),
  }
}

function volumes({ mounts, sharedMemory }: Deployment) {
  const all = [
    ...mounts.map(({ name, host }) =>
      host === null ? { name, emptyDir: {} } : { name, hostPath: { path: host } },
    ),
    ...(sharedMemory === null
      ? []
      : [{ name: 'shm', emptyDir: { medium: 'Memory', sizeLimit: kubernetesSize(sharedMemory) } }]),
  ]
  return all.length === 0 ? {} : { volumes: all }
}

/** Writes Compose's 16g as Kubernetes' 16Gi. */
export function kubernetesSize(size: string): string {
  return size.replace(/([kmgt])$/, (unit) => `${unit === 'k' ? 'K' : unit.toUpperCase()}i`)
}
