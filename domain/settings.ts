import { z } from 'zod'
import { Role, type ProviderSettings } from './access.ts'
import { Patterns, type Allowed } from './allowed.ts'
import { Duration } from './duration-schema.ts'
import { Network } from './network.ts'
import { DEFAULT_PROJECT } from './project.ts'
import { ProjectName } from './quotas.ts'

const Port = z.coerce.number().int().min(0).max(65_535)
const ListenPlace = z
  .string()
  .regex(/^\S+:\d{1,5}$/, 'expected an address and a port, such as 127.0.0.1:9464')
  .transform((text) => {
    const colon = text.lastIndexOf(':')
    return { address: text.slice(0, colon), port: Number(text.slice(colon + 1)) }
  })
/** Where a server listens. */
export type ListenPlace = z.infer<typeof ListenPlace>

/** What is listed with commas between. */
const Listed = z
  .string()
  .default('')
  .transform((text) => text.split(',').filter((item) => item !== ''))
const Pair = z.string().transform((pair) => {
  const cut = pair.lastIndexOf('=')
  return [pair.slice(0, cut).trim(), pair.slice(cut + 1).trim()] as const
})
const GroupRole = Pair.transform(([group, role]) => ({ group, role })).pipe(
  z.object({ group: z.string().min(1), role: Role }),
)
const GroupProject = Pair.transform(([group, project]) => ({ group, project })).pipe(
  z.object({ group: z.string().min(1), project: ProjectName }),
)

const Proxy = z.union(
  [z.enum(['loopback', 'linklocal', 'uniquelocal']), z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()],
  { error: 'a proxy is told as 10.0.0.7, 10.0.0.0/8, loopback or uniquelocal (all private networks)' },
)

/** What the environment says about how Redline runs; every variable is optional. */
export const Settings = z.object({
  REDLINE_HOME: z
    .string()
    .default('.redline')
    .meta({ description: 'Folder of the state: database, workflow history, logs.' }),
  REDLINE_CACHE: z
    .string()
    .optional()
    .meta({ description: 'Folder of downloaded components; ~/.cache/redline by default.' }),
  REDLINE_LISTEN: z.string().default('127.0.0.1').meta({ description: 'Address that the API listens on.' }),
  REDLINE_PORT: Port.default(4680).meta({ description: 'Port of the API and the UI.' }),
  REDLINE_PUBLIC_URL: z.url().optional().meta({
    description: 'Where people reach the service, when that is not where it listens: the address of a proxy.',
  }),
  REDLINE_PROXIES: z
    .string()
    .default('loopback')
    .transform((text) => text.split(',').filter((item) => item !== ''))
    .pipe(z.array(Proxy))
    .meta({
      description:
        'Where the proxies are whose word is taken for the address of a client (`X-Forwarded-For`): 10.0.0.7, 172.20.0.0/16, uniquelocal for all private networks.',
    }),
  REDLINE_METRICS_LISTEN: ListenPlace.optional().meta({
    description:
      "Where a process serves its metrics to Prometheus, without sign-in: keep it in a network of one's own.",
  }),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url().optional().meta({
    description: 'Where traces are sent by OTLP over HTTP; without it nothing is traced.',
  }),
  REDLINE_URL: z
    .url()
    .optional()
    .meta({ description: 'Where the CLI finds the API; by default this machine.' }),
  REDLINE_TOKEN: z
    .string()
    .optional()
    .meta({ description: 'The token that the CLI sends: Settings in the UI, or `redline token add`.' }),
  REDLINE_PROJECT: z
    .string()
    .default(DEFAULT_PROJECT)
    .meta({ description: 'The project that the CLI starts tunings in, where --project names no other.' }),
  REDLINE_HOST_NAME: z
    .string()
    .regex(/^[\w.-]+$/, 'letters, digits, dots, dashes')
    .optional()
    .meta({ description: 'Name of this host among workers; its host name by default.' }),
  REDLINE_CPU_SHARES: z.coerce.number().int().min(1).max(256).optional().meta({
    description: 'Devices that this host offers as shares of its CPU cores, in place of its GPUs.',
  }),
  REDLINE_LABELS: z
    .string()
    .regex(/^([\w.-]+=[\w.-]+(,|$))*$/, 'labels are written name=value,name=value')
    .default('')
    .transform((text): Record<string, string> =>
      Object.fromEntries(new URLSearchParams(text.replaceAll(',', '&'))),
    )
    .meta({ description: 'Labels of this host, that a tuning can ask for.' }),
  REDLINE_HOST_LOST_AFTER: Duration.default('3m').meta({
    description: 'A host that takes up no work for this long is lost: its experiments go elsewhere.',
  }),
  REDLINE_REPEAT_DISTURBED: z.coerce.number().int().min(0).max(10).default(2).meta({
    description: 'How often a measurement that was disturbed from outside is repeated on the same engine.',
  }),
  REDLINE_RETENTION_DAYS: z.coerce.number().int().min(1).default(30).meta({
    description: 'Logs and request records of tunings that ended longer ago are deleted.',
  }),
  REDLINE_DELETED_DAYS: z.coerce.number().int().min(0).default(7).meta({
    description:
      'For so long a deleted tuning can be undeleted; then it is gone with all that belongs to it.',
  }),
  REDLINE_CONTINUE_AFTER_EVENTS: z.coerce.number().int().min(50).max(40_000).default(4000).meta({
    description: 'Length of history after which the workflow of a tuning is continued by a fresh run.',
  }),
  REDLINE_VOLUMES: z
    .string()
    .default('')
    .transform((value) => value.split(':').filter((folder) => folder !== ''))
    .refine((folders) => folders.every((folder) => folder.startsWith('/')), 'each folder starts with /')
    .meta({ description: 'Folders of this host that containers may mount, such as /models:/datasets.' }),
  REDLINE_ALLOWED_IMAGES: Patterns.optional().meta({
    description:
      'Images that tunings may run, such as vllm/vllm-openai:*,registry.example/team/*; any by default.',
  }),
  REDLINE_ALLOWED_PROGRAMS: Patterns.optional().meta({
    description: 'Programs that requests may name, such as numactl,/opt/bench/*; any by default.',
  }),
  REDLINE_ALLOWED_VARIABLES: Patterns.optional().meta({
    description: 'Names of the variables that requests may give to engines, such as HF_*; any by default.',
  }),
  REDLINE_ALLOWED_PARAMETERS: Patterns.optional().meta({
    description:
      'Names of the parameters that requests may give to engines, such as max_*,gpu_memory_utilization; any by default.',
  }),
  REDLINE_OIDC_ISSUER: z
    .url({ protocol: /^https?$/ })
    .optional()
    .meta({ description: 'The OpenID Connect provider that people sign in by, beside passwords.' }),
  REDLINE_OIDC_CLIENT_ID: z.string().default('').meta({ description: 'Who Redline is to the provider.' }),
  REDLINE_OIDC_CLIENT_SECRET: z.string().default('').meta({ description: 'Its secret there.' }),
  REDLINE_OIDC_SCOPE: z
    .string()
    .default('openid profile email')
    .meta({ description: 'What the provider is asked for.' }),
  REDLINE_OIDC_GROUPS_CLAIM: z
    .string()
    .default('groups')
    .meta({ description: "The claim that lists somebody's groups." }),
  REDLINE_OIDC_ROLES: Listed.pipe(z.array(GroupRole)).meta({
    description: 'Roles of groups, such as platform=admin,ml=operator; the first that fits counts.',
  }),
  REDLINE_OIDC_PROJECTS: Listed.pipe(z.array(GroupProject)).meta({
    description:
      'Projects of groups, such as ml=chat,search=ranking: at each sign-in their members are those of the groups.',
  }),
  REDLINE_OIDC_DEFAULT_ROLE: Role.optional().meta({
    description: 'Role of who is in none of these groups; by default they are not let in.',
  }),
  REDLINE_PRIVATE_NETWORKS: Listed.pipe(z.array(Network)).meta({
    description:
      'Private networks that webhooks and endpoints may be in where there are users, such as 10.0.0.0/8,192.168.7.0/24.',
  }),
  DOCKER_HOST: z
    .string()
    .optional()
    .meta({ description: 'The Docker engine of this host; unix:///var/run/docker.sock by default.' }),
  REDLINE_LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error'])
    .default('info')
    .meta({ description: 'The least grave that is logged.' }),
  DATABASE_URL: z
    .string()
    .optional()
    .meta({ description: 'A PostgreSQL to use in place of the embedded one.' }),
  TEMPORAL_ADDRESS: z
    .string()
    .optional()
    .meta({ description: 'A Temporal server to use in place of the dev server.' }),
  TEMPORAL_NAMESPACE: z
    .string()
    .default('default')
    .meta({ description: 'The namespace there; the worker makes it where it is missing.' }),
  REDLINE_ENCRYPTION_KEY: z
    .string()
    .transform((text) => Buffer.from(text, 'base64'))
    .refine((key) => key.length === 32, 'expected 32 bytes in base64: openssl rand -base64 32')
    .optional()
    .meta({
      description:
        'Encrypts secrets in PostgreSQL and what Temporal keeps of workflows; the same on every host.',
    }),
  TEMPORAL_UI_URL: z.url().optional().meta({ description: "Temporal's web UI, for links." }),
  REDLINE_TEMPORAL_PORT: Port.default(7233).meta({
    description: 'Port of the embedded Temporal; a free one when taken.',
  }),
  REDLINE_TEMPORAL_UI_PORT: Port.default(8233).meta({
    description: 'Port of its web UI; a free one when taken.',
  }),
})
export type Settings = z.infer<typeof Settings>

/** Returns what the settings let tunings run. */
export function allowedBy(settings: Settings): Allowed {
  return {
    images: settings.REDLINE_ALLOWED_IMAGES,
    programs: settings.REDLINE_ALLOWED_PROGRAMS,
    variables: settings.REDLINE_ALLOWED_VARIABLES,
    parameters: settings.REDLINE_ALLOWED_PARAMETERS,
  }
}

/** Returns the identity provider of the settings; null when there is none. */
export function providerOf(settings: Settings): ProviderSettings | null {
  const { REDLINE_OIDC_ISSUER: issuer, REDLINE_OIDC_CLIENT_ID: clientId } = settings
  if (issuer === undefined) return null
  if (clientId === '') throw new Error('REDLINE_OIDC_CLIENT_ID: the provider needs one')
  return {
    issuer,
    clientId,
    clientSecret: settings.REDLINE_OIDC_CLIENT_SECRET,
    scope: settings.REDLINE_OIDC_SCOPE,
    groupsClaim: settings.REDLINE_OIDC_GROUPS_CLAIM,
    roles: settings.REDLINE_OIDC_ROLES,
    projects: settings.REDLINE_OIDC_PROJECTS,
    defaultRole: settings.REDLINE_OIDC_DEFAULT_ROLE ?? null,
  }
}

/** Reads the settings from an environment; empty variables count as not set. Throws for one that is not what it should be. */
export function readSettings(env: Record<string, string | undefined>): Settings {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  )
  const parsed = Settings.safeParse(given)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new Error(`${issue?.path.join('.')}: ${issue?.message}`)
}
