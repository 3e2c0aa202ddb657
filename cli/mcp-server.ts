import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import { createRedlineClient } from '../client/client.ts'
import { VERSION } from '../service/version.ts'
import type { CommandContext } from './context.ts'
import { explainFailure } from './explain-failure.ts'
import { mcpTools } from './mcp-tools.ts'

const INSTRUCTIONS =
  'Redline finds the configuration of an LLM inference server that serves the most traffic within its latency limits. ' +
  'Look at the hosts and the engine, check a request, start it, show the tuning until it is finished, then read its report.'

/**
 * Makes the MCP server. It is the SDK's plain one: there our own check of the arguments says what is wrong, with the
 * nearest known name.
 */
export function mcpServer(context: Pick<CommandContext, 'client' | 'baseUrl' | 'project'>): Server {
  const tools = mcpTools(context)
  const server = new Server(
    { name: 'redline', version: VERSION },
    { capabilities: { tools: {} }, instructions: INSTRUCTIONS },
  )
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: tools.map(({ name, description, input, changes }) => ({
      name,
      description,
      inputSchema: { ...z.toJSONSchema(input, { io: 'input' }), type: 'object' as const },
      annotations: { readOnlyHint: !changes },
    })),
  }))
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, { signal }) => {
    // Aborted with the call and with the connection: a request to an API that hangs would keep the process alive.
    const client = createRedlineClient(context.baseUrl, signal)
    const tool = mcpTools({ ...context, client, signal }).find(({ name }) => name === params.name)
    if (tool === undefined) return answer(`there is no tool "${params.name}"`, true)
    return tool.call(params.arguments ?? {}).then(
      (data) => answer(typeof data === 'string' ? data : JSON.stringify(data)),
      (error: unknown) => answer(explainFailure(error), true),
    )
  })
  return server
}

function answer(text: string, isError = false) {
  return { content: [{ type: 'text' as const, text }], isError }
}
