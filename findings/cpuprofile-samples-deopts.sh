#!/usr/bin/env bash
# Node: a CPU profile holds samples that the sampler never took, one each time compiled code is thrown away.
#
# Guess:   the entries of `samples` in a .cpuprofile are the sampler's, about one for each interval; counted by
#          node they are its `hitCount`, and by function they are shares of CPU.
# Instead: V8 notes the stack at each deoptimization as well, and writes it among the samples, with the microseconds
#          since the one before as its delta. 400 functions that are thrown away at their first text leave
#          400 samples more, in some milliseconds; no `hitCount` counts them.
# Matters: whoever counts samples (to make flame graphs, to merge profiles, to give samples to requests) gives
#          the function around a deoptimization far more than its share, above all in a program that still
#          warms up. Times by `timeDeltas`, and hits by `hitCount`, are right.
# Versions: Node 20.20.2, 22.23.3, 24.21.0, 26.10.0: all alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > probe.mjs <<'JS'
import { Session } from 'node:inspector'

const session = new Session()
session.connect()
const post = (method, params) => {
  let answer
  session.post(method, params, (error, result) => {
    if (error) throw error
    answer = result
  })
  return answer
}
const COUNT = 400
const code = (i) => `let x = ${i}; for (let k = 0; k < 2000; k++) x = (x + v * k) & 0xffff; return x + v`
const functions = Array.from({ length: COUNT }, (_, i) => new Function('v', code(i)))

// Compiled for numbers ...
const until = performance.now() + 4000
while (performance.now() < until) for (const fn of functions) fn(1)

post('Profiler.enable')
post('Profiler.setSamplingInterval', { interval: 1000 })
post('Profiler.start')
const from = performance.now()
// ... and called with text.
for (const fn of functions) fn('1')
const ms = performance.now() - from
const { profile } = post('Profiler.stop')

const hits = profile.nodes.reduce((sum, { hitCount }) => sum + hitCount, 0)
const samples = profile.samples.length
console.log(`${ms.toFixed(0)} ms at one sample a millisecond: ${samples} samples, ${hits} hits`)

const asDescribed = samples - hits >= COUNT * 0.75
console.log(asDescribed ? 'as described' : 'changed')
process.exit(asDescribed ? 0 : 1)
JS
echo "Node $("$node" --version)"
"$node" probe.mjs
