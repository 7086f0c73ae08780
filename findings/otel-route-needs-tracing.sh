#!/usr/bin/env bash
# OpenTelemetry's instrumentations of HTTP and Express: without tracing, no request has a route.
#
# Guess:   http.server.request.duration has http.route where the Express instrumentation is on; that it
#          is a metric, a provider of metrics is all it needs.
# Instead: the route is handed over through the span of the request. Without a tracer provider there is
#          none, and all routes are one series, without a warning. A provider whose sampler takes
#          nothing is enough.
# Matters: a service that takes metrics alone, to save the cost of traces, sees one latency for all
#          routes. To have routes it must pay for spans that nobody keeps.
# Versions: @opentelemetry/instrumentation-http 0.223.0, -express 0.71.1, sdk-metrics and sdk-trace-node
#          2.12.1, express 5.3.0; Node 20.20.2, 24.21.0: alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund @opentelemetry/instrumentation-http@0.223.0 @opentelemetry/instrumentation-express@0.71.1 @opentelemetry/instrumentation@0.223.0 @opentelemetry/sdk-trace-node@2.12.1 @opentelemetry/sdk-metrics@2.12.1 @opentelemetry/api@1.9.1 express@5.3.0 >> npm.log 2>&1
cat > probe.cjs <<'JS'
const { once } = require('node:events')
const { setTimeout: sleep } = require('node:timers/promises')
const { MeterProvider, MetricReader } = require('@opentelemetry/sdk-metrics')
const { AlwaysOffSampler, NodeTracerProvider } = require('@opentelemetry/sdk-trace-node')
const { registerInstrumentations } = require('@opentelemetry/instrumentation')
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http')
const { ExpressInstrumentation } = require('@opentelemetry/instrumentation-express')

class Reader extends MetricReader {
  async onForceFlush() {}
  async onShutdown() {}
}
const reader = new Reader()
const tracing = process.argv[2]
const tracerProvider = tracing === 'no tracer' ? undefined : new NodeTracerProvider({ sampler: new AlwaysOffSampler() })
tracerProvider?.register()
registerInstrumentations({ meterProvider: new MeterProvider({ readers: [reader] }), tracerProvider, instrumentations: [new HttpInstrumentation(), new ExpressInstrumentation()] })
const express = require('express')

async function main() {
  const app = express()
  app.get('/users/:id', (_req, res) => res.send('user'))
  app.get('/orders/:id', (_req, res) => res.send('order'))
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  for (const path of ['/users/1', '/orders/2']) await (await fetch(`http://127.0.0.1:${server.address().port}${path}`)).text()
  const seen = async () => (await reader.collect()).resourceMetrics.scopeMetrics.flatMap(scope => scope.metrics).filter(metric => metric.descriptor.name === 'http.server.request.duration').flatMap(metric => metric.dataPoints)
  let points = []
  while (points.reduce((sum, { value }) => sum + value.count, 0) < 2) {
    await sleep(20)
    points = await seen()
  }
  console.log(`${tracing}: ${points.map(({ attributes, value }) => `${attributes['http.route'] ?? 'no route'} ${value.count}`).join(', ')}`)
  process.exit()
}
main()
JS
cat > expected <<'TXT'
no tracer: no route 2
a tracer that samples nothing: /users/:id 1, /orders/:id 1
TXT
{ timeout 30 "$node" probe.cjs 'no tracer'; timeout 30 "$node" probe.cjs 'a tracer that samples nothing'; } | tee seen
diff expected seen
