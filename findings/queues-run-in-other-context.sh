#!/usr/bin/env bash
# Queues that bound concurrency: a task that waited runs in the context of the one that ended before it.
#
# Guess:   queue.add(task) runs the task in the AsyncLocalStorage context of its caller, also when it had
#          to wait; what p-limit does, p-queue by the same author does too.
# Instead: p-limit, generic-pool and `await` on workerpool keep the caller's context. With p-queue,
#          bottleneck, fastq, async and cockatiel's bulkhead all tasks that waited run in the context of
#          the first, as each is started by the end of the one before. `then` of a workerpool promise
#          does likewise.
# Matters: under load, and only then, the CPU, the queries, the log lines and the tenant of one request
#          are those of another. AsyncResource.bind(task), or AsyncLocalStorage.bind, is the cure.
# Versions: p-queue 9.3.5, bottleneck 2.19.5, fastq 1.20.3, async 3.2.6, cockatiel 3.2.1, workerpool 10.0.3,
#          p-limit 7.3.3, generic-pool 3.9.0; Node 20.20.2, 24.21.0: alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund p-queue@9.3.5 bottleneck@2.19.5 fastq@1.20.3 async@3.2.6 cockatiel@3.2.1 workerpool@10.0.3 p-limit@7.3.3 generic-pool@3.9.0 >> npm.log 2>&1
cat > probe.mjs <<'JS'
import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import async from 'async'
import Bottleneck from 'bottleneck'
import { bulkhead } from 'cockatiel'
import fastq from 'fastq'
import generic from 'generic-pool'
import pLimit from 'p-limit'
import PQueue from 'p-queue'
import workerpool from 'workerpool'

const storage = new AsyncLocalStorage()
async function tried(name, add) {
  const seen = []
  const calls = ['A', 'B', 'C'].map(caller => storage.run(caller, () => add(async () => {
    await sleep(10)
    seen.push(`${caller} in ${storage.getStore()}`)
  })))
  await Promise.all(calls)
  console.log(`${name}: ${seen.join(', ')}`)
}
const limit = pLimit(1)
const pool = generic.createPool({ create: async () => ({}), destroy: async () => {} }, { max: 1 })
const queue = new PQueue({ concurrency: 1 })
const limiter = new Bottleneck({ maxConcurrent: 1 })
const fast = fastq.promise(task => task(), 1)
const slots = async.queue(async task => task(), 1)
const bulk = bulkhead(1, 10)
const workers = workerpool.pool({ maxWorkers: 1 })
await tried('p-limit', task => limit(task))
await tried('generic-pool', task => pool.use(task))
await tried('p-queue', task => queue.add(task))
await tried('bottleneck', task => limiter.schedule(task))
await tried('fastq', task => fast.push(task))
await tried('async.queue', task => slots.pushAsync(task))
await tried('cockatiel', task => bulk.execute(task))
await tried('workerpool, await', async task => {
  await workers.exec(x => x, [1])
  await task()
})
await tried('workerpool, then', task => workers.exec(x => x, [1]).then(task))
process.exit()
JS
cat > expected <<'TXT'
p-limit: A in A, B in B, C in C
generic-pool: A in A, B in B, C in C
p-queue: A in A, B in A, C in A
bottleneck: A in A, B in A, C in A
fastq: A in A, B in A, C in A
async.queue: A in A, B in A, C in A
cockatiel: A in A, B in A, C in A
workerpool, await: A in A, B in B, C in C
workerpool, then: A in A, B in A, C in A
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
