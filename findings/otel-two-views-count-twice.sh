#!/usr/bin/env bash
# OpenTelemetry SDK for Node: an instrument that two views match is counted twice for each call.
#
# Guess:   two views that match one instrument are two streams, or the settings of both apply to one;
#          a view with DROP drops; in each case one add(1) is 1 in each stream.
# Instead: unless the views give different names, both write into one stream: add(1) is exported as 2,
#          and record(0.3) as count 2 with sum 0.6. The boundaries of the second view are ignored
#          without a word, and a DROP after a wider view drops nothing.
# Matters: the usual pair, one view that limits the attributes of everything and one that sets the
#          boundaries of the request histogram, doubles requests, errors and time. Rates are off by
#          two while averages look right.
# Versions: @opentelemetry/sdk-metrics 2.12.1; Node 20.20.2, 24.21.0: alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund @opentelemetry/sdk-metrics@2.12.1 @opentelemetry/api@1.9.1 >> npm.log 2>&1
cat > probe.mjs <<'JS'
import { AggregationType, createAllowListAttributesProcessor, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics'

class Reader extends MetricReader {
  async onForceFlush() {}
  async onShutdown() {}
}
async function exported(name, views, use) {
  const reader = new Reader()
  use(new MeterProvider({ readers: [reader], views }).getMeter('app'))
  const { resourceMetrics } = await reader.collect()
  const metrics = resourceMetrics.scopeMetrics.flatMap(scope => scope.metrics)
  const values = metrics.flatMap(metric => metric.dataPoints.map(({ attributes, value }) => `${JSON.stringify(attributes)} ${typeof value === 'number' ? value : `count ${value.count}, sum ${value.sum}, ${value.buckets.boundaries.length} boundaries`}`))
  console.log(`${name}: ${values.length === 0 ? 'nothing' : values.join('; ')}`)
}
const count = meter => meter.createCounter('calls').add(1, { route: '/a', user: 'u' })
const time = meter => meter.createHistogram('time').record(0.3, { route: '/a', user: 'u' })
const few = { meterName: 'app', attributesProcessors: [createAllowListAttributesProcessor(['route'])] }
const bounds = { instrumentName: 'time', aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [0.1, 1] } } }
const named = { instrumentName: 'calls', name: 'calls.too' }
const drop = { instrumentName: 'calls', aggregation: { type: AggregationType.DROP } }
const again = { instrumentName: 'calls', attributesProcessors: [createAllowListAttributesProcessor(['route'])] }

await exported('counter, one view', [few], count)
await exported('counter, two views', [few, again], count)
await exported('counter, two views, one with a name of its own', [few, named], count)
await exported('counter, a view and a drop', [few, drop], count)
await exported('counter, a drop and a view', [drop, few], count)
await exported('histogram, attributes and boundaries', [few, bounds], time)
JS
cat > expected <<'TXT'
counter, one view: {"route":"/a"} 1
counter, two views: {"route":"/a"} 2
counter, two views, one with a name of its own: {"route":"/a"} 1; {"route":"/a","user":"u"} 1
counter, a view and a drop: {"route":"/a"} 2
counter, a drop and a view: nothing
histogram, attributes and boundaries: {"route":"/a"} count 2, sum 0.6, 15 boundaries
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
