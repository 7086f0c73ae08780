#!/usr/bin/env bash
# prom-client: a scrape of the default metrics takes the event loop's numbers away from the next
# scraper.
#
# Guess:   a GET of /metrics only reads; two Prometheus servers, or a curl between two scrapes,
#          see the same maximum.
# Instead: collecting nodejs_eventloop_lag_{min,max,mean,stddev,p50,p90,p99}_seconds resets
#          their histogram. Whoever asks second sees only the time since the first. Asked within
#          a few milliseconds, min is 9223372036.854776 s (292 years) and mean is Nan.
# Matters: with a pair of Prometheus servers each sees a random half of the stalls; a health
#          check or an engineer's curl hides the stall that was to be found.
# Versions: prom-client 15.1.3; Node 20.20.2, 22.23.3, 24.21.0, 26.10.0: all alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --no-audit --no-fund prom-client@15.1.3 >> npm.log 2>&1
cat > probe.mjs <<'JS'
import { setTimeout as sleep } from 'node:timers/promises'
import prom from 'prom-client'

prom.collectDefaultMetrics()
async function scrape() {
  const text = await prom.register.metrics()
  return name => new RegExp(`^nodejs_eventloop_lag_${name}_seconds (.*)$`, 'm').exec(text)[1]
}
await sleep(100)
await scrape()
await sleep(100) // The first tick after a reset is not counted: a stall right here would go unseen.
const until = performance.now() + 500
while (performance.now() < until);
await sleep(50)
const first = await scrape()
const second = await scrape()
console.error(`max: first ${first('max')}, second ${second('max')}`)
console.log(`first scrape: max ${Number(first('max')) > 0.45 ? 'shows the stall of 0.5 s' : first('max')}`)
console.log(`second scrape: max ${second('max')}, min ${second('min')}, mean ${second('mean')}`)
process.exit()
JS
cat > expected <<'TXT'
first scrape: max shows the stall of 0.5 s
second scrape: max 0, min 9223372036.854776, mean Nan
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
