#!/usr/bin/env bash
# prom-client and OpenTelemetry: one NaN makes a counter NaN until the process ends.
#
# Guess:   a counter refuses NaN, as the histograms of both do (prom-client's throws, OpenTelemetry's
#          leaves it out), and as both counters refuse a string or a negative value.
# Instead: both counters add it, without an error or a warning, and are NaN whatever is added later.
# Matters: one NaN, such as the size from a Content-Length that was not sent, blanks the rate of that
#          series until the process ends. Histograms fed by the same code hide the cause.
# Versions: prom-client 15.1.3, @opentelemetry/sdk-metrics 2.12.1; Node 20.20.2, 24.21.0: alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund prom-client@15.1.3 @opentelemetry/sdk-metrics@2.12.1 @opentelemetry/api@1.9.1 >> npm.log 2>&1
cat > probe.mjs <<'JS'
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics'
import prom from 'prom-client'

const [sent, name] = [Number(undefined), 'bytes']
const tried = use => {
  try {
    use()
    return 'taken'
  } catch {
    return 'thrown'
  }
}
const registers = []
const counter = new prom.Counter({ name, help: name, registers })
const histogram = new prom.Histogram({ name, help: name, registers })
counter.inc(10)
console.log(`prom-client: NaN is ${tried(() => histogram.observe(sent))} by a histogram, ${tried(() => counter.inc(sent))} by a counter; a string is ${tried(() => counter.inc('5'))} by it, -1 ${tried(() => counter.inc(-1))}`)
counter.inc(5)
console.log(`prom-client counter after 10, NaN, 5: ${(await counter.get()).values[0].value}`)

class Reader extends MetricReader {
  async onForceFlush() {}
  async onShutdown() {}
}
const reader = new Reader()
const meter = new MeterProvider({ readers: [reader] }).getMeter('app')
const [sum, times] = [meter.createCounter('sum'), meter.createHistogram('times')]
for (const value of [10, sent, 5, -1]) {
  sum.add(value)
  times.record(value)
}
const { resourceMetrics } = await reader.collect()
const [a, b] = resourceMetrics.scopeMetrics[0].metrics.map(metric => metric.dataPoints[0].value)
console.log(`OpenTelemetry counter after 10, NaN, 5, -1: ${a}`)
console.log(`OpenTelemetry histogram of the same: count ${b.count}, sum ${b.sum}`)
JS
cat > expected <<'TXT'
prom-client: NaN is thrown by a histogram, taken by a counter; a string is thrown by it, -1 thrown
prom-client counter after 10, NaN, 5: NaN
OpenTelemetry counter after 10, NaN, 5, -1: NaN
OpenTelemetry histogram of the same: count 2, sum 15
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
