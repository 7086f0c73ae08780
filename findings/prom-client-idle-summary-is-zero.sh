#!/usr/bin/env bash
# prom-client: the percentiles of a Summary that saw nothing lately are 0.
#
# Guess:   with maxAgeSeconds a Summary without values in its window has no quantiles, or NaN, as the
#          clients of Prometheus for other languages export; count and sum go on.
# Instead: every quantile is 0, so "p99 is 0 ms".
# Matters: averages and minima over routes or replicas are drawn to 0 by those that idle; an alert on
#          "latency below" or on a ratio fires at night; NaN would have left a gap.
# Versions: prom-client 15.1.3; Node 20.20.2, 24.21.0: alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund prom-client@15.1.3 >> npm.log 2>&1
cat > probe.mjs <<'JS'
import { setTimeout as sleep } from 'node:timers/promises'
import prom from 'prom-client'

const summary = new prom.Summary({ name: 'latency_ms', help: 'x', percentiles: [0.5, 0.99], maxAgeSeconds: 1, ageBuckets: 2, registers: [] })
const shown = async () => (await summary.get()).values.map(({ labels, metricName, value }) => `${labels.quantile ?? metricName} ${value}`).join(', ')
for (const value of [80, 80, 80]) summary.observe(value)
console.log(`with values: ${await shown()}`)
await sleep(2500)
console.log(`idle: ${await shown()}`)
JS
cat > expected <<'TXT'
with values: 0.5 80, 0.99 80, latency_ms_sum 240, latency_ms_count 3
idle: 0.5 0, 0.99 0, latency_ms_sum 240, latency_ms_count 3
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
