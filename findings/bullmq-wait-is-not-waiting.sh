#!/usr/bin/env bash
# BullMQ: processedOn - timestamp is not the time a job waited, and the field to correct it is
# 0.
#
# Guess:   job.processedOn - job.timestamp, less job.delay, is the wait in the queue; every
#          failed attempt has finishedOn; QueueEvents and Worker count the same failures.
# Instead: in the processor job.delay reads 0 for a delayed job (it is reset when the delay is
#          over), so a delay of 500 ms looks like a wait of 500 ms; job.opts.delay still has it.
#          A retry keeps the first timestamp, so its "wait" holds the earlier attempts and the
#          back-off, which no field tells. Jobs of a scheduler carry the time when the previous
#          one ran: their wait is the whole period. A failed attempt that will be retried has no
#          finishedOn (NaN as a duration). Three failed attempts are three 'failed' events of
#          the Worker and one of QueueEvents.
# Matters: queue latency from these fields shows the schedule, not the load.
# Versions: bullmq 6.7.0, ioredis 6.0.0, Redis 7.0 (Debian 12); Node 20.20.2, 22.23.3, 24.21.0, 26.10.0.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --no-audit --no-fund bullmq@6.7.0 ioredis@6.0.0 >> npm.log 2>&1
redis-server --port 0 --unixsocket "$work/redis.sock" --save '' --appendonly no --dir "$work" > redis.log &
redis=$!
trap 'kill "$redis" 2> kill.log || true; rm -rf "$work"' EXIT
cat > probe.mjs <<'JS'
import { setTimeout as sleep } from 'node:timers/promises'
import { Queue, QueueEvents, Worker } from 'bullmq'

const connection = { path: `${process.cwd()}/redis.sock`, maxRetriesPerRequest: null }
const queue = new Queue('q', { connection })
const events = new QueueEvents('q', { connection })
await events.waitUntilReady()
const failed = { worker: 0, events: 0 }
events.on('failed', () => failed.events++)
const seen = []
const worker = new Worker('q', async job => {
  const wait = job.processedOn - job.timestamp
  seen.push(`${job.name}: wait ${wait < 100 ? 'none' : wait >= 400 ? '400 ms or more' : `${wait} ms`}, delay ${job.delay}, opts.delay ${job.opts.delay > 0 ? 'set' : 'not set'}`)
  if (job.name === 'failing') throw new Error('no')
}, { connection })
worker.on('failed', job => {
  failed.worker++
  seen.push(`${job.name}: finishedOn ${job.finishedOn === undefined ? 'undefined' : 'set'}`)
})
async function until(count) {
  while (seen.length < count) await sleep(20)
  console.log(seen.splice(0, count).join('\n'))
}
await worker.waitUntilReady()
await queue.add('plain', {})
await until(1)
await queue.add('delayed', {}, { delay: 500 })
await until(1)
await queue.add('failing', {}, { attempts: 3, backoff: { type: 'fixed', delay: 500 } })
await until(6)
while (failed.events === 0) await sleep(20)
console.log(`failed events: Worker ${failed.worker}, QueueEvents ${failed.events}`)
await queue.upsertJobScheduler('s', { every: 500 }, { name: 'scheduled' })
await until(1)
await until(1)
process.exit()
JS
cat > expected <<'TXT'
plain: wait none, delay 0, opts.delay not set
delayed: wait 400 ms or more, delay 0, opts.delay set
failing: wait none, delay 0, opts.delay not set
failing: finishedOn undefined
failing: wait 400 ms or more, delay 0, opts.delay not set
failing: finishedOn undefined
failing: wait 400 ms or more, delay 0, opts.delay not set
failing: finishedOn set
failed events: Worker 3, QueueEvents 1
scheduled: wait none, delay 0, opts.delay not set
scheduled: wait 400 ms or more, delay 0, opts.delay set
TXT
timeout 60 "$node" probe.mjs | tee seen
diff expected seen
