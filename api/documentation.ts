import express, { Router } from 'express'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const require = createRequire(import.meta.url)

const page = (title: string, head: string, body: string) => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title>${head}</head>
<body>${body}</body>
</html>
`

/** Serves the OpenAPI document at /openapi.json, Swagger UI at /docs and ReDoc at /redoc, all from this process. */
export function documentation(document: object): Router {
  const router = Router()
  const swagger = dirname(require.resolve('swagger-ui-dist/package.json'))
  const redoc = join(dirname(require.resolve('redoc/package.json')), 'bundles')

  router.get('/openapi.json', (_request, response) => void response.json(document))
  router.use('/docs/assets', express.static(swagger, { index: false }))
  // A file of its own: the content security policy lets no inline script run.
  router.get('/docs/start.js', (_request, response) => {
    const start = "SwaggerUIBundle({ url: '/openapi.json', dom_id: '#swagger', deepLinking: true })"
    response.type('text/javascript').send(start)
  })
  router.get('/docs', (_request, response) => {
    response.send(
      page(
        'Redline API',
        '<link rel="stylesheet" href="/docs/assets/swagger-ui.css">',
        `<div id="swagger"></div><script src="/docs/assets/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script>`,
      ),
    )
  })
  router.use('/redoc/assets', express.static(redoc, { index: false }))
  router.get('/redoc', (_request, response) => {
    response.send(
      page(
        'Redline API',
        '',
        '<redoc spec-url="/openapi.json"></redoc><script src="/redoc/assets/redoc.standalone.js"></script>',
      ),
    )
  })
  return router
}
