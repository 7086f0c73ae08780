#!/usr/bin/env bash
# OpenTelemetry instrumentation of fetch and node:http: a call whose answer is not read is not counted.
#
# Guess:   http.client.request.duration counts a call once its status is known, or at the latest when its
#          caller goes on: five answers of 503, five counted.
# Instead: it is recorded when the body has ended. Code that throws for `!response.ok` without reading leaves
#          a larger body (1 MB here) standing: none is counted. With fetch some come later, when the
#          garbage collector takes the response, as errors with the time until then; with node:http none.
#          A small body is counted, read or not.
# Matters: an upstream whose failures are long (HTML error pages, batch answers) shows fewer failures, or a
#          delayed burst of slow errors at each collection. A test with a short body shows nothing. Read or
#          cancel each body.
# Versions: @opentelemetry/instrumentation-undici 0.33.0, -http 0.223.0, sdk-metrics 2.12.1; Node 20.20.2,
#          24.21.0, 26.10.0: all alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund @opentelemetry/instrumentation-undici@0.33.0 @opentelemetry/instrumentation-http@0.223.0 @opentelemetry/sdk-metrics@2.12.1 @opentelemetry/api@1.9.1 >> npm.log 2>&1
cat > probe.mjs <<'JS'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import { AggregationTemporality, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics'

class Reader extends MetricReader {
  selectAggregationTemporality() {
    return AggregationTemporality.DELTA
  }
  async onForceFlush() {}
  async onShutdown() {}
}
function measured(instrumentation) {
  const reader = new Reader()
  instrumentation.setMeterProvider(new MeterProvider({ readers: [reader] }))
  instrumentation.enable()
  return async () => { // How many ended well since the last look, and how many in all
    await sleep(500)
    const { resourceMetrics } = await reader.collect()
    const points = resourceMetrics.scopeMetrics.flatMap(scope => scope.metrics)
      .filter(metric => metric.descriptor.name === 'http.client.request.duration')
      .flatMap(metric => metric.dataPoints)
    console.error(points.map(({ attributes, value }) => `${value.count} of ${attributes['http.response.status_code']} ${attributes['error.type'] ?? ''}`).join(', '))
    return points.filter(point => point.attributes['error.type'] !== 'Error').reduce((sum, point) => sum + point.value.count, 0)
  }
}
const counted = { fetch: measured(new UndiciInstrumentation()), http: measured(new HttpInstrumentation()) }
const http = createRequire(import.meta.url)('node:http')
const server = http.createServer((req, res) => {
  res.statusCode = 503
  res.end('x'.repeat(req.url === '/short' ? 100 : 1_000_000))
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const base = `http://127.0.0.1:${server.address().port}`
const kept = []
const calls = {
  fetch: async (path, read) => {
    const answer = await fetch(base + path)
    if (answer.status !== 503) throw new Error('status')
    kept.push(answer)
    if (read) await answer.arrayBuffer()
  },
  http: async (path, read) => {
    const call = http.get(base + path, { agent: false })
    const [answer] = await once(call, 'response')
    if (answer.statusCode !== 503) throw new Error('status')
    kept.push(answer)
    if (read) await once(answer.resume(), 'end')
  },
}
for (const [client, call] of Object.entries(calls)) {
  for (const [name, path, read] of [['short, not read', '/short', false], ['long, read', '/long', true], ['long, not read', '/long', false]]) {
    for (let i = 0; i < 5; i++) await call(path, read)
    console.log(`${client}, body ${name}: ${await counted[client]()} of 5 counted`)
  }
}
console.error(kept.length)
process.exit()
JS
cat > expected <<'TXT'
fetch, body short, not read: 5 of 5 counted
fetch, body long, read: 5 of 5 counted
fetch, body long, not read: 0 of 5 counted
http, body short, not read: 5 of 5 counted
http, body long, read: 5 of 5 counted
http, body long, not read: 0 of 5 counted
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
