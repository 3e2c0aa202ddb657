import express, { Router, type RequestHandler } from 'express'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { HttpProblem } from './problems.ts'

/** Where the built UI lies; it is served when it is there. */
const FOLDER = join(import.meta.dirname, '../ui/dist')

/** Which scripts each page needs, as the build writes it. */
const Pages = z.array(z.object({ path: z.string(), scripts: z.array(z.string()) }))

/** Serves the UI: its files, and its HTML for every other path, which names the scripts of its page. */
export function uiPages(folder = FOLDER): Router {
  const router = Router()
  const html = join(folder, 'index.html')
  router.use(
    '/assets',
    express.static(join(folder, 'assets'), { immutable: true, maxAge: '1y', fallthrough: false }),
  )
  router.use(express.static(folder, { index: false }))

  const send =
    (scripts: string[]): RequestHandler =>
    (request, response) => {
      if (request.accepts('html') === false) throw new HttpProblem(404, `there is no ${request.path}`)
      if (!existsSync(html)) throw new HttpProblem(404, 'the UI is not built: run `npm run build`')
      const links = scripts.map((name) => `</${name}>; rel=modulepreload`)
      if (links.length > 0) response.set('Link', links.join(', '))
      response.set('Cache-Control', 'no-cache').sendFile(html)
    }
  for (const { path, scripts } of readPages(folder)) router.get(path, send(scripts))
  router.get('/{*path}', send([]))
  return router
}

function readPages(folder: string): z.infer<typeof Pages> {
  const file = join(folder, 'pages.json')
  return existsSync(file) ? Pages.parse(JSON.parse(readFileSync(file, 'utf8'))) : []
}
