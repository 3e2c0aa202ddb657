import type { CDPSession } from 'playwright-core'
import { z } from 'zod'

/** Of a snapshot as V8 writes it: `nodes` has `node_fields.length` numbers for each thing on the heap. */
const HeapSnapshot = z.object({
  snapshot: z.object({
    meta: z.object({
      node_fields: z.array(z.string()),
      node_types: z.tuple([z.array(z.string())], z.unknown()),
    }),
  }),
  nodes: z.array(z.number()),
})

export interface PageHeap {
  /** What the page's scripts keep. */
  objects_mb: number
  /** What V8 compiled of the scripts: it grows with how often they ran, up to all of them. */
  code_mb: number
}

/** What a page holds after a collection of garbage, without what the browser itself keeps of the page. */
export async function pageHeap(session: CDPSession): Promise<PageHeap> {
  const chunks: string[] = []
  const keep = ({ chunk }: { chunk: string }) => void chunks.push(chunk)
  session.on('HeapProfiler.addHeapSnapshotChunk', keep)
  await session.send('HeapProfiler.collectGarbage')
  await session.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false })
  session.off('HeapProfiler.addHeapSnapshotChunk', keep)
  const { snapshot, nodes } = HeapSnapshot.parse(JSON.parse(chunks.join('')))
  const fields = snapshot.meta.node_fields
  const types = snapshot.meta.node_types[0]
  const heap = { objects_mb: 0, code_mb: 0 }
  for (let node = 0; node < nodes.length; node += fields.length) {
    const type = types[nodes[node + fields.indexOf('type')] ?? NaN]
    const mb = (nodes[node + fields.indexOf('self_size')] ?? 0) / 1e6
    if (type === 'code') heap.code_mb += mb
    else if (type !== 'native') heap.objects_mb += mb
  }
  return heap
}
