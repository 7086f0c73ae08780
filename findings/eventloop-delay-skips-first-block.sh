#!/usr/bin/env bash
# monitorEventLoopDelay: a block right after enable() or reset() is not recorded.
#
# Guess:   the histogram holds what blocked the event loop since enable(), or since the last reset(): a
#          block of 500 ms is its maximum.
# Instead: it holds the time between two ticks of its timer, and the first tick after enable() and after
#          reset() only sets the start. What blocks before that tick leaves no trace: the synchronous
#          part of a start-up, and whatever the code that reads and resets the histogram does next. The
#          last block before disable() is missing too.
# Matters: the longest block of a process is often its start; and a reader that resets, then makes a
#          large report in the same turn, can not see what it costs. prom-client's and
#          @fastify/under-pressure's figures are of this kind.
# Versions: Node 20.20.2, 22.23.3, 24.21.0, 26.10.0: alike. No packages.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > probe.mjs <<'JS'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'

const block = () => {
  const end = Date.now() + 500
  while (Date.now() < end);
}
const histogram = monitorEventLoopDelay({ resolution: 10 })
const told = () => (histogram.max >= 450e6 ? 'seen' : 'not seen')
histogram.enable()
block()
await sleep(100)
console.log(`a block of 500 ms right after enable(): ${told()}`)
histogram.reset()
block()
await sleep(100)
console.log(`right after reset(): ${told()}`)
histogram.reset()
await sleep(100)
block()
await sleep(100)
console.log(`some ticks later: ${told()}`)
histogram.reset()
await sleep(100)
block()
histogram.disable()
console.log(`right before disable(): ${told()}`)
JS
cat > expected <<'TXT'
a block of 500 ms right after enable(): not seen
right after reset(): not seen
some ticks later: seen
right before disable(): not seen
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
