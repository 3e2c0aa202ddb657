import type { Deployment } from './deployment.ts'
import { deploymentYaml } from './deployment-yaml.ts'
import { kubernetesSize, literal } from './kubernetes.ts'

/** Writes a deployment as values of app-template, a chart for any one container (bjw-s-labs, 4.x). */
export function helmValues(deployment: Deployment): string {
  const { name, image, program, args, env, port, readinessPath, gpus } = deployment
  const probe = { enabled: true, custom: true }
  const httpGet = { path: readinessPath, port }
  const values = {
    controllers: {
      main: {
        strategy: 'Recreate',
        containers: {
          main: {
            image: imageParts(image),
            ...(program === null ? {} : { command: [literal(program)] }),
            args: args.map(literal),
            ...(Object.keys(env).length === 0
              ? {}
              : {
                  env: Object.fromEntries(Object.entries(env).map(([key, value]) => [key, literal(value)])),
                }),
            probes: {
              startup: { ...probe, spec: { httpGet, periodSeconds: 10, failureThreshold: 180 } },
              readiness: { ...probe, spec: { httpGet, periodSeconds: 10 } },
            },
            ...(gpus === 0 ? {} : { resources: { limits: { 'nvidia.com/gpu': gpus } } }),
          },
        },
      },
    },
    service: { main: { controller: 'main', ports: { http: { port } } } },
    persistence: persistence(deployment),
  }
  return `# helm install ${name} oci://ghcr.io/bjw-s-labs/helm/app-template --values values.yaml\n${deploymentYaml(values)}`
}

function persistence({ mounts, sharedMemory }: Deployment): Record<string, object> {
  const shm = {
    type: 'emptyDir',
    medium: 'Memory',
    sizeLimit: sharedMemory === null ? null : kubernetesSize(sharedMemory),
    globalMounts: [{ path: '/dev/shm' }],
  }
  return {
    ...Object.fromEntries(
      mounts.map(({ name, host, container, writable }) => [
        name,
        {
          ...(host === null ? { type: 'emptyDir' } : { type: 'hostPath', hostPath: host }),
          globalMounts: [{ path: container, readOnly: !writable }],
        },
      ]),
    ),
    ...(sharedMemory === null ? {} : { shm }),
  }
}

/** Takes an image apart; a colon before the last slash belongs to a registry's port. */
function imageParts(image: string): { repository: string; tag?: string; digest?: string } {
  const [named = '', digest] = image.split('@')
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1)
  const repository = colon === -1 ? named : named.slice(0, colon)
  return {
    repository,
    ...(colon === -1 ? {} : { tag: named.slice(colon + 1) }),
    ...(digest === undefined ? {} : { digest }),
  }
}
