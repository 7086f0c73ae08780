#!/usr/bin/env bash
# V8's sampling profiler: what a timer does for less than the interval is hardly ever sampled.
#
# Guess:   code that uses a sixth of the thread has about a sixth of a CPU profile's samples, whatever
#          makes it run.
# Instead: the sampler's signal wakes the waiting loop, a timer that is due by then runs right after the
#          sample, and is over before the next one. 0.2 ms of work after each setTimeout of 1 ms, a sixth
#          of the time, has less than one in fifty of the samples on a quiet machine; from setImmediate it has
#          nearly all of them. The rest reads (idle).
# Matters: a flame graph leaves out pollers, batchers, debounced flushes and handlers that wait by
#          setTimeout, without a sign that anything is missing, and more samples do not help.
# Versions: Node 20.20.2, 22.23.3, 24.21.0, 26.10.0 on Linux: all alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > probe.mjs <<'JS'
import { Session } from 'node:inspector'
import { setImmediate as immediate, setTimeout as sleep } from 'node:timers/promises'

const session = new Session()
session.connect()
session.post('Profiler.enable')
session.post('Profiler.setSamplingInterval', { interval: 1000 })

function work(ms) {
  const end = performance.now() + ms
  let x = 1
  while (performance.now() < end) for (let i = 0; i < 50; i++) x = (x * 1664525 + 12345) & 0x7fffffff
  return x
}

/** Works in pieces of 0.2 ms; tells its share of the time, and the share of samples that saw anything. */
async function share(how, next) {
  session.post('Profiler.start')
  const from = performance.now()
  let worked = 0
  while (performance.now() - from < 1500) {
    const begin = performance.now()
    work(0.2)
    worked += performance.now() - begin
    await next()
  }
  const wall = performance.now() - from
  let profile
  session.post('Profiler.stop', (_error, result) => ({ profile } = result))
  const idle = profile.nodes.find(({ callFrame }) => callFrame.functionName === '(idle)')?.id
  const seen = profile.samples.filter((sample) => sample !== idle).length / profile.samples.length
  console.log(`${how}: ${(100 * worked / wall).toFixed(1)} % of the time, ${(100 * seen).toFixed(1)} % of the samples`)
  return { worked: worked / wall, seen }
}

/** The round that a crowded machine disturbed least. */
async function best(how, next, order) {
  const rounds = []
  for (let i = 0; i < 4; i++) rounds.push(await share(how, next))
  return rounds.sort(order)[0]
}

const timers = await best('after setTimeout  ', () => sleep(1), (a, b) => a.seen / a.worked - b.seen / b.worked)
const immediates = await best('after setImmediate', () => immediate(), (a, b) => b.seen - a.seen)
const asDescribed = timers.worked > 0.06 && timers.seen < timers.worked / 3 && immediates.seen > 0.8
console.log(asDescribed ? 'as described' : 'changed')
process.exit(asDescribed ? 0 : 1)
JS
echo "Node $("$node" --version)"
"$node" probe.mjs
