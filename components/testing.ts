import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import { chmod, writeFile } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { onTestFinished } from 'vitest'
import { temporaryFolder } from '../tests/folder.ts'
import type { Progress, Search } from './component.ts'

/** Starts an HTTP server on 127.0.0.1 that goes when the test ends, and returns its URL without a slash at the end. */
export async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return `http://127.0.0.1:${address.port}`
}

/** Writes an executable shell script. */
export async function writeScript(path: string, ...lines: string[]): Promise<void> {
  await writeFile(path, ['#!/bin/sh', ...lines, ''].join('\n'))
  await chmod(path, 0o755)
}

/** Returns a .zip with these files, stored as they are. */
export function zipOf(files: Readonly<Record<string, string | Buffer>>): Buffer {
  const bodies: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const [name, content] of Object.entries(files)) {
    const data = Buffer.from(content)
    const fields = Buffer.alloc(26)
    fields.writeUInt16LE(20, 0)
    fields.writeUInt32LE(crc32(data), 10)
    fields.writeUInt32LE(data.length, 14)
    fields.writeUInt32LE(data.length, 18)
    fields.writeUInt16LE(Buffer.byteLength(name), 22)
    const body = Buffer.concat([Buffer.from('PK\x03\x04'), fields, Buffer.from(name), data])
    const place = Buffer.alloc(14)
    place.writeUInt32LE(offset, 10)
    const version = Buffer.from([20, 0])
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02'), version, fields, place, Buffer.from(name)]))
    bodies.push(body)
    offset += body.length
  }
  const entries = Buffer.concat(directory)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(directory.length, 4)
  end.writeUInt16LE(directory.length, 6)
  end.writeUInt32LE(entries.length, 8)
  end.writeUInt32LE(offset, 12)
  return Buffer.concat([...bodies, entries, Buffer.from('PK\x05\x06'), end])
}

/** Returns what a layer is given, for a cache of its own; `reports` collects its messages. */
export async function searchWith(
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<Search & { reports: Pick<Progress, 'message' | 'done' | 'total' | 'unit'>[] }> {
  const reports: Pick<Progress, 'message' | 'done' | 'total' | 'unit'>[] = []
  return {
    env,
    cacheDir: await temporaryFolder(),
    signal,
    report: (message, count) => void reports.push({ message, ...count }),
    reports,
  }
}

/** Starts an index in PyPI's JSON form that holds these files of one project each, and returns its URL. */
export async function serveFiles(files: Readonly<Record<string, Buffer>>): Promise<string> {
  return serve((request, response) => {
    const [, kind, name = ''] = (request.url ?? '').split('/')
    const file = kind === 'files' ? files[name] : undefined
    if (file !== undefined) return void response.setHeader('content-length', file.length).end(file)
    const list = Object.entries(files).map(([filename, content]) => ({
      filename,
      url: `/files/${filename}`,
      hashes: { sha256: sha256Of(content) },
    }))
    response.end(JSON.stringify({ files: list }))
  })
}

/** Returns a sha256 in lower-case hexadecimal. */
export function sha256Of(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}
