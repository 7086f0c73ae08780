#!/usr/bin/env bash
# OpenTelemetry's HTTP instrumentation: a request whose client went away is a fast 200.
#
# Guess:   a request that was aborted before it was answered has error.type, another status, or none.
# Instead: http.server.request.duration has it with status 200, the default that nobody had sent, without
#          error.type, and with the time until the client left.
# Matters: when an upstream hangs and clients give up after a second, the error rate stays 0 and the
#          latency is bounded by the patience of the clients.
# Versions: @opentelemetry/instrumentation-http 0.223.0, sdk-metrics 2.12.1; Node 20.20.2, 24.21.0: alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund @opentelemetry/instrumentation-http@0.223.0 @opentelemetry/instrumentation@0.223.0 @opentelemetry/sdk-metrics@2.12.1 @opentelemetry/api@1.9.1 >> npm.log 2>&1
cat > probe.cjs <<'JS'
const { once } = require('node:events')
const { setTimeout: sleep } = require('node:timers/promises')
const { MeterProvider, MetricReader } = require('@opentelemetry/sdk-metrics')
const { registerInstrumentations } = require('@opentelemetry/instrumentation')
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http')

class Reader extends MetricReader {
  async onForceFlush() {}
  async onShutdown() {}
}
const reader = new Reader()
registerInstrumentations({ meterProvider: new MeterProvider({ readers: [reader] }), instrumentations: [new HttpInstrumentation()] })
const http = require('node:http')

async function main() {
  const client = new AbortController()
  // Never answers; the client leaves once it is asked.
  const server = http.createServer(() => setTimeout(() => client.abort(), 100)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const error = await fetch(`http://127.0.0.1:${server.address().port}/`, { signal: client.signal }).catch(thrown => thrown)
  console.log(`client: ${error.name}`)
  let points = []
  while (points.length === 0) {
    await sleep(20)
    const { resourceMetrics } = await reader.collect()
    points = resourceMetrics.scopeMetrics.flatMap(scope => scope.metrics).filter(metric => metric.descriptor.name === 'http.server.request.duration').flatMap(metric => metric.dataPoints)
  }
  const [{ attributes, value }] = points
  console.log(`metric: status ${attributes['http.response.status_code']}, error.type ${attributes['error.type']}, count ${value.count}, ${value.sum < 5 ? 'the time until the client left' : value.sum}`)
  process.exit()
}
main()
JS
cat > expected <<'TXT'
client: AbortError
metric: status 200, error.type undefined, count 1, the time until the client left
TXT
timeout 30 "$node" probe.cjs | tee seen
diff expected seen
