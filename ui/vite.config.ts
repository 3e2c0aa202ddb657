import { join } from 'node:path'
import { defineConfig, type Plugin } from 'vite'
import solid from 'vite-plugin-solid'
import { parse } from 'yaml'

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

export default defineConfig({
  root: import.meta.dirname,
  plugins: [domainWithoutSchemas(), parsedYaml(), solid()],
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
