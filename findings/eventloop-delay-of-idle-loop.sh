#!/usr/bin/env bash
# monitorEventLoopDelay: an idle event loop is reported to be late by the timer's interval.
#
# Guess:   the "event loop delay" of an idle process is about 0, and the resolution option only
#          says how finely it is sampled.
# Instead: the histogram holds the time between two ticks of a timer, not its lateness. An idle
#          loop reads 10 ms with resolution 10, and 100 ms with resolution 100. prom-client
#          hands it on as nodejs_eventloop_lag_mean_seconds and _p50_seconds: 0.01 for an idle
#          process, beside nodejs_eventloop_lag_seconds, which is a lateness and is about 0.
# Matters: dashboards show 10 ms of lag that is not there, an alert "lag > 10 ms" always fires,
#          two processes with different resolutions can not be compared. Subtract the
#          resolution, and expect small negative values.
# Versions: prom-client 15.1.3; Node 20.20.2, 22.23.3, 24.21.0, 26.10.0: all alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --no-audit --no-fund prom-client@15.1.3 >> npm.log 2>&1
cat > probe.mjs <<'JS'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import prom from 'prom-client'

const histograms = [10, 100].map(resolution => {
  const histogram = monitorEventLoopDelay({ resolution })
  histogram.enable()
  return [resolution, histogram]
})
prom.collectDefaultMetrics()
await sleep(2500)
for (const [resolution, histogram] of histograms) {
  const p50 = histogram.percentile(50) / 1e6
  console.error(`resolution ${resolution}: p50 ${p50} ms`)
  console.log(`idle, resolution ${resolution}: p50 is ${p50 > resolution * 0.9 && p50 < resolution * 1.5 ? 'about the resolution' : `${p50} ms`}`)
}
const text = await prom.register.metrics()
const p50 = Number(/^nodejs_eventloop_lag_p50_seconds (.*)$/m.exec(text)[1])
console.error(`prom-client p50: ${p50} s`)
console.log(`idle, nodejs_eventloop_lag_p50_seconds: ${p50 > 0.009 && p50 < 0.015 ? 'about 0.01' : p50}`)
process.exit()
JS
cat > expected <<'TXT'
idle, resolution 10: p50 is about the resolution
idle, resolution 100: p50 is about the resolution
idle, nodejs_eventloop_lag_p50_seconds: about 0.01
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
