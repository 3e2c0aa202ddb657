import { STAGES, TARGETS } from './fault.ts'
import { strikeEach } from './strike-each.ts'

// Nothing runs of an engine that waits for its device.
const faults = TARGETS.flatMap((target) =>
  STAGES.filter((stage) => target !== 'engine' || stage !== 'waiting').map((stage) => ({ target, stage })),
)
strikeEach(faults, { pause: false })
