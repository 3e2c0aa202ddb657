import packageJson from '../package.json' with { type: 'json' }

/** Redline's version. */
export const VERSION: string = packageJson.version
