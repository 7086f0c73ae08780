#!/usr/bin/env bash
# performance.timerify: a function that throws is not timed, one that returns a thenable is timed to
# its return.
#
# Guess:   each call leaves a 'function' entry, and a value in the histogram, however it ends; what can
#          be awaited is timed until it settles.
# Instead: a throw leaves neither, while a rejection leaves both. Of a thenable that has no `finally` the
#          call alone is timed: about 0 ms.
# Matters: calls counted this way fall when errors rise, and sync and async functions are counted by
#          different rules; a query that is sent by `then` looks free.
# Versions: Node 20.20.2, 22.23.3, 24.21.0, 26.10.0: alike. No packages.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > probe.mjs <<'JS'
import { createHistogram, performance, PerformanceObserver } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'

const entries = []
new PerformanceObserver(list => entries.push(...list.getEntries())).observe({ entryTypes: ['function'] })
const query = () => ({ then: resolve => void setTimeout(resolve, 100) })
const cases = {
  'async, resolves': async () => void (await sleep(100)),
  'async, rejects': async () => {
    await sleep(100)
    throw new Error('no')
  },
  'sync, throws': () => {
    throw new Error('no')
  },
  'returns a thenable': query,
}
for (const [name, work] of Object.entries(cases)) {
  const histogram = createHistogram()
  const timed = performance.timerify(work, { histogram })
  try {
    await timed()
  } catch {}
  await sleep(50)
  const [entry] = entries.splice(0)
  console.log(`${name}: ${entry === undefined ? 'no entry' : entry.duration > 90 ? 'entry of 100 ms' : 'entry of under 90 ms'}, histogram has ${histogram.count}`)
}
JS
cat > expected <<'TXT'
async, resolves: entry of 100 ms, histogram has 1
async, rejects: entry of 100 ms, histogram has 1
sync, throws: no entry, histogram has 0
returns a thenable: entry of under 90 ms, histogram has 1
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
