#!/usr/bin/env bash
# OpenTelemetry's Prometheus exporter for Node: attributes that differ in OpenTelemetry become one
# label, or one series, twice.
#
# Guess:   attributes whose names are alike in Prometheus (`http.route`, `http_route`) are joined into
#          one label, as the specification says; values 1 and "1", which are one label value, are one
#          series; a histogram in seconds is named `..._seconds`, as by the exporters of other languages.
# Instead: the page has a label twice in one line, and two lines of one series; names have no unit. A
#          Prometheus server refuses the whole page for the former, and takes one of the two lines for
#          the latter.
# Matters: one attribute can take all metrics of a process off the dashboard; a port or status that is
#          a number here and a string there loses a part of its requests; queries written for
#          `http_server_request_duration_seconds` find nothing.
# Versions: @opentelemetry/exporter-prometheus 0.223.0, sdk-metrics 2.12.1, prometheus 2.42.0 (Debian
#          12, its promtool); Node 20.20.2, 24.21.0: alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund @opentelemetry/exporter-prometheus@0.223.0 @opentelemetry/sdk-metrics@2.12.1 @opentelemetry/api@1.9.1 >> npm.log 2>&1
cat > probe.mjs <<'JS'
import { writeFileSync } from 'node:fs'
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics'

class Reader extends MetricReader {
  async onForceFlush() {}
  async onShutdown() {}
}
async function page(use) {
  const reader = new Reader()
  use(new MeterProvider({ readers: [reader] }).getMeter('app'))
  const { resourceMetrics } = await reader.collect()
  return new PrometheusSerializer().serialize(resourceMetrics)
}
const lines = text => text.split('\n').filter(line => /^(calls|http)/.test(line) && !line.includes('_bucket'))
const labels = await page(meter => meter.createCounter('calls').add(1, { 'http.route': '/a', http_route: '/b' }))
const values = await page(meter => {
  const calls = meter.createCounter('calls')
  calls.add(1, { status: 200 })
  calls.add(5, { status: '200' })
})
const unit = await page(meter => meter.createHistogram('http.server.request.duration', { unit: 's' }).record(0.2))
console.log([...lines(labels), ...lines(values), ...lines(unit)].join('\n'))
JS
cat > expected <<'TXT'
calls_total{http_route="/a",http_route="/b",otel_scope_name="app"} 1
calls_total{status="200",otel_scope_name="app"} 1
calls_total{status="200",otel_scope_name="app"} 5
http_server_request_duration_count{otel_scope_name="app"} 1
http_server_request_duration_sum{otel_scope_name="app"} 0.2
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
