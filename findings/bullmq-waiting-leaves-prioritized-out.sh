#!/usr/bin/env bash
# BullMQ: jobs with a priority are not `waiting`.
#
# Guess:   getWaitingCount(), and `waiting` of getJobCounts() and of the Prometheus text, are the jobs that
#          nobody has begun; a priority changes their order alone.
# Instead: a job with a priority is in a state of its own, `prioritized`: a backlog of 100 has 0 waiting.
#          A job goes over when its priority is set later, too. count() has both (and delayed ones).
# Matters: an autoscaler or an alert on `waiting` sees an empty queue as soon as somebody introduces
#          priorities, and nothing fails in a test without them.
# Versions: bullmq 6.7.0, ioredis 6.0.0, Redis 7.0 (Debian 12); Node 20.20.2, 24.21.0, 26.10.0: all alike.
#          Needs the program `redis-server`.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund bullmq@6.7.0 ioredis@6.0.0 >> npm.log 2>&1
redis-server --port 0 --unixsocket "$work/redis.sock" --save '' --appendonly no --dir "$work" > redis.log &
redis=$!
trap 'kill "$redis" 2> kill.log || true; rm -rf "$work"' EXIT
cat > probe.mjs <<'JS'
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Queue } from 'bullmq'

const path = `${process.cwd()}/redis.sock`
while (!existsSync(path)) await sleep(50)
const queue = new Queue('q', { connection: { path, maxRetriesPerRequest: null } })
async function show(name) {
  const { waiting, prioritized } = await queue.getJobCounts()
  const [, exported] = /state="waiting"} (\d+)/.exec(await queue.exportPrometheusMetrics())
  console.log(`${name}: getWaitingCount ${await queue.getWaitingCount()}, waiting ${waiting}, exported ${exported}; prioritized ${prioritized}, count() ${await queue.count()}`)
}
const jobs = await queue.addBulk(Array.from({ length: 3 }, () => ({ name: 'plain', data: {} })))
await show('3 plain jobs')
await queue.addBulk(Array.from({ length: 100 }, () => ({ name: 'prior', data: {}, opts: { priority: 1 } })))
await show('and 100 with a priority')
for (const job of jobs) await job.changePriority({ priority: 2 })
await show('plain ones given a priority')
process.exit()
JS
cat > expected <<'TXT'
3 plain jobs: getWaitingCount 3, waiting 3, exported 3; prioritized 0, count() 3
and 100 with a priority: getWaitingCount 3, waiting 3, exported 3; prioritized 100, count() 103
plain ones given a priority: getWaitingCount 0, waiting 0, exported 0; prioritized 103, count() 103
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
