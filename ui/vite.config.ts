import { join } from 'node:path'
import { defineConfig, type Plugin } from 'vite'
import solid from 'vite-plugin-solid'
import { parse } from 'yaml'
import { PAGES } from './pages.ts'

const api = process.env.REDLINE_URL ?? 'http://127.0.0.1:4680'

/** The pages use the domain's functions, never its schemas: an inert `z` keeps zod out of the browser. */
function domainWithoutSchemas(): Plugin {
  const inert = '\0inert-zod'
  return {
    name: 'domain-without-schemas',
    enforce: 'pre',
    resolveId: (source, importer) =>
      source === 'zod' && importer?.includes('/domain/') === true ? inert : null,
    load: (id) =>
      id === inert ? 'export const z = new Proxy(() => z, { get: () => z, apply: () => z })' : null,
  }
}

/** YAML is read when the pages are built, so that they need not bring its parser to begin with. */
function parsedYaml(): Plugin {
  return {
    name: 'parsed-yaml',
    enforce: 'pre',
    transform: (code, id) =>
      id.endsWith('.yaml') ? `export default ${JSON.stringify(parse(code))}` : undefined,
  }
}

/** Writes down which scripts each page needs, so that the API can name them with the page: no page waits to find out. */
function scriptsOfPages(): Plugin {
  return {
    name: 'scripts-of-pages',
    generateBundle(_options, bundle) {
      const chunks = Object.values(bundle).filter((file) => file.type === 'chunk')
      /** Adds a chunk and all that it imports. */
      const gather = (name: string, found: Set<string>): Set<string> => {
        if (found.has(name)) return found
        found.add(name)
        for (const used of chunks.find(({ fileName }) => fileName === name)?.imports ?? [])
          gather(used, found)
        return found
      }
      // What every page begins with is named in the HTML itself.
      const known = new Set<string>()
      for (const { isEntry, fileName } of chunks) if (isEntry) gather(fileName, known)
      const pages = Object.entries(PAGES).map(([path, page]) => {
        const own = chunks.filter(({ facadeModuleId }) => facadeModuleId?.endsWith(`/pages/${page}-page.tsx`))
        const needed = new Set(own.flatMap(({ fileName }) => [...gather(fileName, new Set())]))
        return { path, scripts: [...needed].filter((name) => !known.has(name)) }
      })
      this.emitFile({ type: 'asset', fileName: 'pages.json', source: JSON.stringify(pages) })
    },
  }
}

export default defineConfig({
  root: import.meta.dirname,
  plugins: [domainWithoutSchemas(), parsedYaml(), solid(), scriptsOfPages()],
  server: {
    proxy: Object.fromEntries(['/api', '/openapi.json', '/docs', '/redoc'].map((path) => [path, api])),
    fs: { allow: [join(import.meta.dirname, '..')] },
  },
  build: {
    outDir: join(import.meta.dirname, 'dist'),
    emptyOutDir: true,
    target: 'es2022',
    // Where module preload is unknown, files are only asked for a moment later.
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // What several pages use is one file: to ask for twenty small ones takes a phone longer than to read it.
        codeSplitting: { groups: [{ name: 'shared', test: /\/(ui|domain|client)\//, minShareCount: 3 }] },
      },
      treeshake: {
        manualPureFunctions: ['z'],
        moduleSideEffects: (id) => !/\/(domain|jsep)\//.test(id),
      },
    },
  },
})
