#!/usr/bin/env bash
# node:timers/promises: after a slow turn, `for await` over setInterval makes up all turns at once.
#
# Guess:   `for await (const _ of setInterval(20))` runs its body at most once for each 20 ms, as the
#          callback of the other setInterval does: what was missed is missed.
# Instead: each tick that comes while the body waits is kept. After one body of 500 ms the next twenty or
#          so run at once, one after the other. What blocks the loop itself is not made up.
# Matters: a collector, a poller or a flusher written this way, whose peer was slow once, then sends in a
#          burst what was meant for half a second (or half an hour); rates and gauges of that moment are
#          those of the burst. The documentation shows the loop, and not this.
# Versions: Node 20.20.2, 22.23.3, 24.21.0, 26.10.0: alike. No packages.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > probe.mjs <<'JS'
import { setInterval as every, setTimeout as sleep } from 'node:timers/promises'

// The turns of the event loop.
let loops = 0
const count = () => {
  loops++
  immediate = setImmediate(count)
}
let immediate = setImmediate(count)
let [kept, after] = [0, null]
for await (const _ of every(20)) {
  if (after === null) {
    await sleep(500)
    after = loops
  } else if (loops === after) kept++
  else break
}
clearImmediate(immediate)
let runs = 0
const timer = setInterval(() => runs++, 20)
const end = Date.now() + 500
while (Date.now() < end);
await sleep(1)
clearInterval(timer)
console.log(`for await, after a body of 500 ms: ${kept >= 5 ? '5 or more turns' : `${kept} turns`} in one turn of the event loop`)
console.log(`setInterval with a callback, after a block of 500 ms: ${runs}`)
JS
cat > expected <<'TXT'
for await, after a body of 500 ms: 5 or more turns in one turn of the event loop
setInterval with a callback, after a block of 500 ms: 1
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
