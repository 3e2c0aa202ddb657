import type { Command } from 'commander'
import { once } from 'node:events'
import { commandContext } from './context.ts'

/** Adds `redline mcp`. */
export function addMcpCommand(program: Command, signal: AbortSignal): void {
  program
    .command('mcp')
    .description('serve the API to an assistant, by the Model Context Protocol on standard input and output')
    .action(async (_options: object, command: Command) => {
      const context = await commandContext(command, signal)
      // Loaded only here, as no other command needs it.
      const { StdioServerTransport } = await import('@modelcontextprotocol/sdk/server/stdio.js')
      const { mcpServer } = await import('./mcp-server.ts')
      if (signal.aborted) return
      const server = mcpServer(context)
      await server.connect(new StdioServerTransport())
      await Promise.race([once(process.stdin, 'close'), once(process.stdin, 'end'), once(signal, 'abort')])
      await server.close()
    })
}
