export { experimentWorkflow } from './experiment.ts'
export { housekeepingWorkflow } from './housekeeping.ts'
export { tuningWorkflow } from './tuning.ts'
