import { wholeDocument } from '../../api/whole-document.ts'
import { code, page, table } from './markdown.ts'

/** Writes the page of the API's operations, from the OpenAPI document that a service hands out. */
export function apiPage(): string {
  const { info, paths = {} } = wholeDocument()
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    (['get', 'post', 'delete'] as const).flatMap((method) => {
      const operation = item[method]
      return operation === undefined ? [] : [{ path, method, operation }]
    }),
  )
  const byTag = Map.groupBy(operations, ({ operation }) => operation.tags?.[0] ?? 'Other')
  return page(
    'API',
    info.description ?? '',
    'A running service serves the whole document, with every field of requests and answers: `/docs` (Swagger UI), `/redoc` and `/openapi.json`. Live events come by SSE from `/api/v1/tunings/{id}/events`, replayed from `Last-Event-ID`.',
    ...[...byTag].flatMap(([tag, list]) => [
      `## ${tag}`,
      table(
        ['operation', '', 'meaning'],
        list.map(({ path, method, operation: { operationId = '', summary = '', description } }) => [
          code(`${method.toUpperCase()} ${path}`),
          code(operationId),
          [`${summary}.`, description].filter(Boolean).join(' ').replaceAll('\n', ' '),
        ]),
      ),
    ]),
  )
}
