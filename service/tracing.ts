import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { Resource } from '@opentelemetry/resources'
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { OpenTelemetryPlugin } from '@temporalio/interceptors-opentelemetry'
import { VERSION } from './version.ts'

/** What makes spans while a process runs. */
export interface Tracing {
  /** For Temporal's client, worker and bundle of workflows. */
  plugin: OpenTelemetryPlugin
  /** Sends what is left. */
  end(): Promise<void>
}

/** Sends the traces of this process by OTLP over HTTP, as OpenTelemetry's own variables say. */
export function startTracing(name: 'api' | 'worker'): Tracing {
  const resource = new Resource({ 'service.name': `redline-${name}`, 'service.version': VERSION })
  const spanProcessor = new BatchSpanProcessor(new OTLPTraceExporter())
  const provider = new NodeTracerProvider({ resource, spanProcessors: [spanProcessor] })
  provider.register()
  return {
    plugin: new OpenTelemetryPlugin({ resource, spanProcessor }),
    end: () => provider.shutdown(),
  }
}
