#!/usr/bin/env bash
# OpenTelemetry SDK for Node: what an observable gauge no longer observes is exported for ever.
#
# Guess:   an observable gauge exports what its callback observed in this collection. A queue, pool or
#          worker that is gone is not observed any more, so its series ends, as the specification asks.
# Instead: with cumulative temporality (the default, and what Prometheus reads) its last value goes out
#          in every later collection, with a fresh time. With delta temporality it ends.
# Matters: the length of a queue that was removed, the connections of a pool that was closed, the
#          memory of a worker that died stay on the dashboard as if alive, and sums over them are too
#          high until the process restarts.
# Versions: @opentelemetry/sdk-metrics 2.12.1; Node 20.20.2, 24.21.0: alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund @opentelemetry/sdk-metrics@2.12.1 @opentelemetry/api@1.9.1 >> npm.log 2>&1
cat > probe.mjs <<'JS'
import { setTimeout as sleep } from 'node:timers/promises'
import { AggregationTemporality, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics'

class Reader extends MetricReader {
  async onForceFlush() {}
  async onShutdown() {}
}
for (const temporality of ['DELTA', 'CUMULATIVE']) {
  const reader = new Reader({ aggregationTemporalitySelector: () => AggregationTemporality[temporality] })
  const pools = new Map([['a', 3], ['b', 7]])
  new MeterProvider({ readers: [reader] }).getMeter('app').createObservableGauge('connections').addCallback(result => {
    for (const [pool, size] of pools) result.observe(size, { pool })
  })
  const ends = new Set()
  for (const what of ['two pools', 'pool b closed', 'pool a grew', 'none left']) {
    if (what === 'pool b closed') pools.delete('b')
    if (what === 'pool a grew') pools.set('a', 4)
    if (what === 'none left') pools.clear()
    const { resourceMetrics } = await reader.collect()
    const points = resourceMetrics.scopeMetrics.flatMap(scope => scope.metrics).flatMap(metric => metric.dataPoints)
    for (const { attributes, endTime } of points) if (attributes.pool === 'b') ends.add(endTime.join())
    console.log(`${temporality}, ${what}: ${points.map(({ attributes, value }) => `${attributes.pool}=${value}`).join(' ') || 'nothing'}`)
    await sleep(5)
  }
  console.log(`${temporality}: times of pool b's points: ${ends.size}`)
}
JS
cat > expected <<'TXT'
DELTA, two pools: a=3 b=7
DELTA, pool b closed: a=3
DELTA, pool a grew: a=4
DELTA, none left: nothing
DELTA: times of pool b's points: 1
CUMULATIVE, two pools: a=3 b=7
CUMULATIVE, pool b closed: a=3 b=7
CUMULATIVE, pool a grew: a=4 b=7
CUMULATIVE, none left: a=4 b=7
CUMULATIVE: times of pool b's points: 4
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
