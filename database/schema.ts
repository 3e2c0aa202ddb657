import type { ColumnType, Generated, GeneratedAlways } from 'kysely'
import type { Role } from '../domain/access.ts'
import type {
  ConfirmationRole,
  ExperimentKind,
  ExperimentStage,
  ExperimentState,
} from '../domain/experiment.ts'
import type { Verdict } from '../domain/report.ts'
import type { DeliveryState, WebhookEvent } from '../domain/webhook.ts'
import type { TuningPhase, TuningState } from '../domain/tuning-state.ts'

/** JSON as it comes from the database: parsed by the queries with the schema of what it holds. */
type Json = ColumnType<unknown, string, string>
type Timestamp = ColumnType<Date, Date | undefined, Date>
type NullableTimestamp = ColumnType<Date | null, Date | null | undefined, Date | null>

export interface TuningsTable {
  id: string
  name: string
  spec: Json
  engine: string
  model: string
  state: TuningState
  phase: TuningPhase
  message: string | null
  idempotency_key: string | null
  created_at: Timestamp
  started_at: NullableTimestamp
  finished_at: NullableTimestamp
  /** Configurations that the request allows for. */
  budget_experiments: GeneratedAlways<number>
  planned_count: Generated<number>
  completed_count: Generated<number>
  failed_count: Generated<number>
  best_number: number | null
  best_objective: number | null
  baseline_objective: number | null
  /** A letter for each experiment, by number. */
  outcomes: Generated<string>
  /** How the best has changed. */
  steps: ColumnType<unknown, null, string>
  /** The best over the baseline in the confirmation. */
  gain: GeneratedAlways<number | null>
  verdict: GeneratedAlways<Verdict | null>
  report: ColumnType<unknown, null, string>
  last_seq: Generated<number>
  /** The run of the tuning's workflow that hears of its experiments' ends. */
  run_id: string | null
  /** How long the tuning has been running, pauses and the time after its end left out. */
  spent_ms: Generated<number>
  /** The schedule that started it. */
  schedule_id: string | null
  /** How it compares with the schedule's run before. */
  comparison: ColumnType<unknown, null, string>
  project: Generated<string>
  /** Until when its project keeps a place for it, while it is asked to run again. */
  place_until: NullableTimestamp
  /** Who started it, or its schedule; null where nobody had to sign in. */
  owner: string | null
  /** Since when it is out of sight. */
  deleted_at: NullableTimestamp
}

export interface ExperimentsTable {
  tuning_id: string
  number: number
  kind: ExperimentKind
  configuration: Json
  reason: string
  role: ConfirmationRole | null
  pair: number | null
  confirms: number | null
  replaces: number | null
  hurdle: number | null
  excluded: Generated<boolean>
  state: ExperimentState
  stage: ExperimentStage
  attempt: Generated<number>
  planned_at: Timestamp
  started_at: NullableTimestamp
  finished_at: NullableTimestamp
  result: ColumnType<unknown, null, string>
  objective: number | null
  feasible: boolean | null
  conditions: ColumnType<unknown, null, string>
}

export interface EventsTable {
  tuning_id: string
  seq: number
  at: Timestamp
  body: Json
  /** What an event that must not happen twice is known by. */
  key: string | null
}

export interface EngineLogsTable {
  tuning_id: string
  number: number
  attempt: number
  from_byte: number
  to_byte: number
  content: string
}

export interface RequestRecordsTable {
  tuning_id: string
  number: number
  /** JSON lines, gzipped. */
  content: Buffer
}

export interface HostsTable {
  name: string
  devices: Json
  engines: Json
  runtimes: Json
  labels: Json
  version: string
  draining: Generated<boolean>
  seen_at: Timestamp
}

export interface CataloguesTable {
  host: string
  engine: string
  parameters: Json
}

export interface LeasesTable {
  host: string
  device: string
  workflow_id: string
  tuning_id: string
  number: number
  acquired_at: Timestamp
}

export interface LeaseWaitsTable {
  workflow_id: string
  tuning_id: string
  number: number
  request: Json
  priority: number
  requested_at: Timestamp
}

export interface SchedulesTable {
  id: string
  name: string
  spec: Json
  timing: Json
  /** As Temporal had it last, for when it has lost the schedule. */
  paused: Generated<boolean>
  created_at: Timestamp
  project: Generated<string>
  owner: string | null
}

export interface ProjectsTable {
  name: string
  /** Devices that it may hold at a time. */
  devices: number | null
  /** Tunings of it that may run at a time. */
  running_tunings: number | null
  created_at: Timestamp
}

export interface ProjectMembersTable {
  user_name: string
  project: string
}

export interface WebhooksTable {
  id: string
  url: string
  events: Json
  secret: string
  created_at: Timestamp
}

export interface UsersTable {
  name: string
  role: Role
  password_hash: string
  /** Who it is to the identity provider. */
  subject: string | null
  failed_sign_ins: Generated<number>
  locked_until: NullableTimestamp
  created_at: Timestamp
}

export interface SessionsTable {
  hash: string
  user_name: string
  expires_at: Timestamp
  created_at: Timestamp
}

export interface TokensTable {
  id: string
  hash: string
  user_name: string
  name: string
  /** No more than its user's role counts. */
  role: Role
  expires_at: Timestamp
  used_at: NullableTimestamp
  created_at: Timestamp
}

export interface InvitationsTable {
  hash: string
  role: Role
  /** Null of what the service itself invited. */
  invited_by: string | null
  expires_at: Timestamp
}

export interface AuditTable {
  id: Generated<number>
  at: Timestamp
  who: string
  operation: string
  path: string
  status: number
  address: string | null
  asked: string | null
}

export interface WebhookDeliveriesTable {
  id: string
  webhook_id: string
  /** Of what was queued before each end was told of: the message has it. */
  event: WebhookEvent | null
  tuning_id: string
  payload: Json
  state: Generated<DeliveryState>
  attempts: Generated<number>
  last_error: string | null
  created_at: Timestamp
}

export interface Schema {
  tunings: TuningsTable
  experiments: ExperimentsTable
  events: EventsTable
  engine_logs: EngineLogsTable
  request_records: RequestRecordsTable
  hosts: HostsTable
  catalogues: CataloguesTable
  leases: LeasesTable
  lease_waits: LeaseWaitsTable
  schedules: SchedulesTable
  projects: ProjectsTable
  project_members: ProjectMembersTable
  webhooks: WebhooksTable
  users: UsersTable
  sessions: SessionsTable
  tokens: TokensTable
  invitations: InvitationsTable
  audit: AuditTable
  webhook_deliveries: WebhookDeliveriesTable
}
