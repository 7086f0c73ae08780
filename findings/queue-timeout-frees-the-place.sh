#!/usr/bin/env bash
# p-queue and bottleneck: a task that times out gives its place away while it still runs.
#
# Guess:   concurrency 2 is a bound: with a timeout at most two tasks run at once, as without.
# Instead: the timeout rejects the promise and starts the next task; the old one runs on. Ten tasks of a
#          second with a timeout of 100 ms are ten at once, while `pending`, `running()` and the like say 2
#          at most.
# Matters: the limit that guards an upstream goes away exactly when the upstream is slow, and the gauge of
#          tasks in flight does not show it. Give the task an AbortSignal that ends its work.
# Versions: p-queue 9.3.5, bottleneck 2.19.5, async 3.2.6 (queue and timeout); Node 20.20.2, 24.21.0,
#          26.10.0: all alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund p-queue@9.3.5 bottleneck@2.19.5 async@3.2.6 >> npm.log 2>&1
cat > probe.mjs <<'JS'
import { setTimeout as sleep } from 'node:timers/promises'
import async from 'async'
import Bottleneck from 'bottleneck'
import PQueue from 'p-queue'

const limit = 100
async function show(name, add, gauge) {
  let running = 0
  let most = 0
  let shown = 0
  let open = true
  const task = async () => {
    most = Math.max(most, ++running)
    while (open) await sleep(20) // Until told: a loaded machine changes nothing.
    running--
  }
  const results = Promise.allSettled(Array.from({ length: 10 }, () => add(task)))
  const until = performance.now() + 8000
  while (most < 10 && performance.now() < until) {
    shown = Math.max(shown, gauge())
    await sleep(5)
  }
  open = false
  await results
  console.log(`${name}: at most ${most} tasks at once, its gauge says ${shown}`)
}
const p = new PQueue({ concurrency: 2, timeout: limit })
await show('p-queue, concurrency 2, timeout', task => p.add(task), () => p.pending)
const bottleneck = new Bottleneck({ maxConcurrent: 2 })
await show('bottleneck, maxConcurrent 2, expiration', task => bottleneck.schedule({ expiration: limit }, task), () => bottleneck.counts().EXECUTING)
const queue = async.queue(async.timeout((task, done) => {
  task().then(() => done(), done)
}, limit), 2)
queue.error(() => {})
await show('async.queue of 2 with async.timeout', task => queue.push(task).catch(() => {}), () => queue.running())
process.exit()
JS
cat > expected <<'TXT'
p-queue, concurrency 2, timeout: at most 10 tasks at once, its gauge says 2
bottleneck, maxConcurrent 2, expiration: at most 10 tasks at once, its gauge says 2
async.queue of 2 with async.timeout: at most 10 tasks at once, its gauge says 2
TXT
timeout 40 "$node" probe.mjs | tee seen
diff expected seen
