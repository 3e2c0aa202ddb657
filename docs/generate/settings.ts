import { sources } from '../../components/sources.ts'
import { Settings } from '../../domain/settings.ts'
import { ENGINES } from '../../engines/index.ts'
import { code, page, plain, table } from './markdown.ts'
import { fields, inputSchema } from './schema.ts'

/** Writes the page of the variables of the environment, from the schema that reads them. */
export function settingsPage(): string {
  return page(
    'Settings',
    "Variables of the environment; each is optional, and an empty one counts as not set. Where a value is a secret, `NAME_FILE` can name a file that holds it. Temporal's own variables count too, as its SDKs read them (`TEMPORAL_API_KEY`, `TEMPORAL_TLS_CLIENT_CERT_PATH`, `TEMPORAL_PROFILE`, ...), and OpenTelemetry's (`OTEL_EXPORTER_OTLP_HEADERS`, ...).",
    table(
      ['variable', 'default', 'meaning'],
      fields(inputSchema(Settings).root).map(({ path, default: fallback, meaning }) => [
        path,
        fallback,
        meaning,
      ]),
    ),
    '## Components',
    'Each is found as configured, then on `PATH`, then fetched; `redline doctor` shows what was found.',
    table(
      ['component', 'how to supply it'],
      Object.values(sources).map(({ component, howToSupply }) => [
        component,
        plain(howToSupply.replace('To supply it: ', '')),
      ]),
    ),
    '## Programs of engines',
    table(
      ['variable', 'program'],
      Object.values(ENGINES).flatMap(({ variable, program, title }) =>
        variable === null ? [] : [[code(variable), `${code(program ?? '')} of ${title}`]],
      ),
    ),
  )
}
