#!/usr/bin/env bash
# OpenTelemetry SDK for Node: when an export is slow, the next ones run beside it.
#
# Guess:   the periodic reader exports one after the other, as the specification asks of it: while one is
#          under way no other begins, and exportTimeoutMillis ends it.
# Instead: the timeout only stops the waiting. The export goes on, and with each interval another begins
#          beside it, as many as fit into the delay of the receiver.
# Matters: a collector that has become slow gets several connections from each process at the same time,
#          which is when it can bear them least; cumulative values may arrive in another order, so that
#          a counter seems to fall; what was counted as timed out arrives all the same.
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
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'

const waiting = []
const exporter = {
  export: (_metrics, done) => waiting.push(done),
  async forceFlush() {},
  async shutdown() {},
}
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 200, exportTimeoutMillis: 200 })
new MeterProvider({ readers: [reader] }).getMeter('app').createCounter('calls').add(1)
// None of them has ended so far.
for (let i = 0; waiting.length < 3 && i < 200; i++) await sleep(50)
console.log(`exports under way at the same time: ${waiting.length >= 3 ? '3' : waiting.length}`)
process.exit()
JS
cat > expected <<'TXT'
exports under way at the same time: 3
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
