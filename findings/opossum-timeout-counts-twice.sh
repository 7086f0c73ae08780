#!/usr/bin/env bash
# opossum: one call that times out is a failure and a timeout, with two latencies; the answer
# that comes later is nowhere.
#
# Guess:   fires = successes + failures + timeouts + rejects, and one latency for each call.
# Instead: a timed-out call emits 'timeout' and 'failure', adds 1 to both counts and puts its
#          latency into latencyTimes twice. When the call does end (well, in this case), nothing
#          is emitted.
# Matters: error rates summed from the breaker's counts are doubled, its percentiles lean
#          towards the timeout value, and the upstream's true times are missing.
# Versions: opossum 9.0.0; Node 20.20.2, 22.23.3, 24.21.0, 26.10.0: all alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --no-audit --no-fund opossum@9.0.0 >> npm.log 2>&1
cat > probe.mjs <<'JS'
import { setTimeout as sleep } from 'node:timers/promises'
import CircuitBreaker from 'opossum'

const breaker = new CircuitBreaker(async () => { await sleep(300); return 'done' }, { timeout: 100 })
const events = []
for (const event of ['fire', 'success', 'failure', 'timeout', 'reject']) breaker.on(event, () => events.push(event))
await breaker.fire().catch(error => console.log(`caller: ${error.code}`))
await sleep(500)
const { fires, successes, failures, timeouts, latencyTimes } = breaker.stats
console.log(`events: ${events.join(', ')}`)
console.log(`fires ${fires}, successes ${successes}, failures ${failures}, timeouts ${timeouts}, latencies ${latencyTimes.length}`)
process.exit()
JS
cat > expected <<'TXT'
caller: ETIMEDOUT
events: fire, timeout, failure
fires 1, successes 0, failures 1, timeouts 1, latencies 2
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
