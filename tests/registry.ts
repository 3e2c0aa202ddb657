import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { programLayer } from './docker.ts'

const LOGIN = `Basic ${Buffer.from('user:secret').toString('base64')}`

const sha256 = (content: Buffer | string) => `sha256:${createHash('sha256').update(content).digest('hex')}`

/** A registry of images with one image, `engine:1`. */
export interface TestRegistry {
  /** Host and port, as they stand before the name of an image. */
  address: string
  /** The digest of the one image. */
  digest: string
  stop: () => Promise<void>
}

/** Starts a registry whose image holds a program of this machine; a private one asks for `user` and `secret`. */
export async function startRegistry({
  program,
  isPrivate = false,
}: {
  program: string
  isPrivate?: boolean
}): Promise<TestRegistry> {
  const layer = await buffer(await programLayer(program))
  const config = JSON.stringify({
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: {},
    rootfs: { type: 'layers', diff_ids: [sha256(layer)] },
  })
  const part = (kind: string, content: Buffer | string) => ({
    mediaType: `application/vnd.docker.${kind}`,
    size: Buffer.byteLength(content),
    digest: sha256(content),
  })
  const manifestType = 'application/vnd.docker.distribution.manifest.v2+json'
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: manifestType,
    config: part('container.image.v1+json', config),
    layers: [part('image.rootfs.diff.tar', layer)],
  })
  const digest = sha256(manifest)
  const content = new Map<string, Buffer | string>([
    ['/v2/', '{}'],
    ['/v2/engine/manifests/1', manifest],
    [`/v2/engine/manifests/${digest}`, manifest],
    [`/v2/engine/blobs/${sha256(config)}`, config],
    [`/v2/engine/blobs/${sha256(layer)}`, layer],
  ])

  const server = createServer((request, response) => {
    const path = request.url ?? ''
    const found = content.get(path)
    if (isPrivate && request.headers.authorization !== LOGIN) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="test"' })
      return response.end(JSON.stringify({ errors: [{ code: 'UNAUTHORIZED', message: 'log in' }] }))
    }
    if (found === undefined) {
      response.writeHead(404, { 'content-type': 'application/json' })
      return response.end(
        JSON.stringify({ errors: [{ code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' }] }),
      )
    }
    response.writeHead(200, {
      'content-type': path.includes('/manifests/') ? manifestType : 'application/octet-stream',
      'content-length': Buffer.byteLength(found),
      'docker-content-digest': digest,
    })
    return response.end(request.method === 'HEAD' ? undefined : found)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    address: `127.0.0.1:${port}`,
    digest,
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
