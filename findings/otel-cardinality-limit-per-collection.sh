#!/usr/bin/env bash
# OpenTelemetry SDK for Node: the cardinality limit of 2000 holds between two collections, not in all.
#
# Guess:   an instrument never has more than 2000 series, the last of them `otel.metric.overflow`: no
#          flood of attribute values can grow the memory or the export beyond that.
# Instead: with cumulative temporality (the default, and all that Prometheus can read) the limit holds
#          for what is new since the last collection. Each collection adds up to 1999 series to those
#          before, for ever; a flood of under 2000 at a time is never limited.
#          What overflowed once gets a series of its own later. With delta temporality it holds.
# Matters: the guard that is trusted with raw URLs, user ids and scanners slows the growth down and
#          does not end it, and the sooner one scrapes the faster it grows.
# Versions: @opentelemetry/sdk-metrics 2.12.1; Node 20.20.2, 24.21.0: alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund @opentelemetry/sdk-metrics@2.12.1 @opentelemetry/api@1.9.1 >> npm.log 2>&1
cat > probe.mjs <<'JS'
import { AggregationTemporality, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics'

class Reader extends MetricReader {
  async onForceFlush() {}
  async onShutdown() {}
}
async function grown(name, fresh, temporality) {
  const reader = new Reader({ aggregationTemporalitySelector: () => temporality })
  const counter = new MeterProvider({ readers: [reader] }).getMeter('app').createCounter('calls')
  const seen = []
  for (let collection = 0; collection < 4; collection++) {
    for (let i = 0; i < fresh; i++) counter.add(1, { user: collection * 10000 + i })
    const { resourceMetrics } = await reader.collect()
    seen.push(resourceMetrics.scopeMetrics[0].metrics[0].dataPoints.length)
  }
  console.log(`${name}, ${fresh} new values before each collection: ${seen.join(', ')} series`)
}
await grown('delta', 2500, AggregationTemporality.DELTA)
await grown('cumulative', 2500, AggregationTemporality.CUMULATIVE)
await grown('cumulative', 1500, AggregationTemporality.CUMULATIVE)
JS
cat > expected <<'TXT'
delta, 2500 new values before each collection: 2000, 2000, 2000, 2000 series
cumulative, 2500 new values before each collection: 2000, 3999, 5998, 7997 series
cumulative, 1500 new values before each collection: 1500, 3000, 4500, 6000 series
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
