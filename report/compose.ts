import type { Deployment } from './deployment.ts'
import { deploymentYaml } from './deployment-yaml.ts'

/** Writes a deployment as a file for `docker compose up`. */
export function composeFile(deployment: Deployment): string {
  const { name, image, program, args, env, port, readinessPath, gpus, mounts, sharedMemory } = deployment
  const service = {
    image,
    ...(program === null ? {} : { entrypoint: [literal(program)] }),
    command: args.map(literal),
    ...(Object.keys(env).length === 0 ? {} : { environment: mapped(env) }),
    ports: [`${port}:${port}`],
    ...(mounts.length === 0
      ? {}
      : {
          volumes: mounts.map((mount) => ({
            type: mount.host === null ? 'volume' : 'bind',
            source: mount.host === null ? mount.name : literal(mount.host),
            target: literal(mount.container),
            ...(mount.writable ? {} : { read_only: true }),
          })),
        }),
    ...(sharedMemory === null ? {} : { shm_size: sharedMemory }),
    ...(gpus === 0
      ? {}
      : {
          deploy: {
            resources: {
              reservations: { devices: [{ driver: 'nvidia', count: gpus, capabilities: ['gpu'] }] },
            },
          },
        }),
    restart: 'unless-stopped',
  }
  const kept = mounts.filter(({ host }) => host === null)
  const file = {
    name,
    services: { [name]: service },
    ...(kept.length === 0 ? {} : { volumes: Object.fromEntries(kept.map((mount) => [mount.name, {}])) }),
  }
  return `# Ready when http://localhost:${port}${readinessPath} answers 200.\n${deploymentYaml(file)}`
}

/** Compose replaces $NAME in every value; a dollar sign of the value itself is doubled. */
function literal(text: string): string {
  return text.replaceAll('$', '$$$$')
}

function mapped(env: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, literal(value)]))
}
