import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import openapiTS, { astToString } from 'openapi-typescript'
import { wholeDocument } from './whole-document.ts'

const source = astToString(
  await openapiTS(JSON.stringify(wholeDocument()), { alphabetize: true, defaultNonNullable: false }),
)
await writeFile(join(import.meta.dirname, '../client/schema.ts'), source)
