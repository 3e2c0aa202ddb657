export { experimentWorkflow } from './experiment.ts'
export { tuningWorkflow } from './tuning.ts'
