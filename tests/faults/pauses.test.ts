import type { Stage, Target } from './fault.ts'
import { strikeEach } from './strike-each.ts'

const SOCKETS: Target[] = ['api', 'temporal', 'postgres', 'engine', 'worker']
const TRIED: Stage[] = ['starting', 'warming', 'measuring', 'stopping']
strikeEach(
  SOCKETS.flatMap((target) => TRIED.map((stage) => ({ target, stage }))),
  { pause: true },
)
