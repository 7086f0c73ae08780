#!/usr/bin/env bash
# ioredis: a blocking command that ended with commandTimeout still waits in the server, and takes the next
# job.
#
# Guess:   `blpop` that failed with "Command timed out" is over: the next job stays in its list until a
#          worker asks again, and the connection serves other commands.
# Instead: commandTimeout ends the waiting of the caller alone. The pop stays first in line in the server:
#          the next job goes to it and its answer is thrown away. Until then every other command of the
#          connection times out behind it.
# Matters: jobs vanish, one for each timeout, and no counter has them: the producer counted a push, the list
#          is empty, no worker saw it. The commands behind read as a slow Redis. Give blocking commands a
#          connection of their own without commandTimeout.
# Versions: ioredis 6.0.0, Redis 7.0 (Debian 12); Node 20.20.2, 24.21.0, 26.10.0: all alike. Needs the program
#          `redis-server`.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund ioredis@6.0.0 >> npm.log 2>&1
redis-server --port 0 --unixsocket "$work/redis.sock" --save '' --appendonly no --dir "$work" > redis.log &
redis=$!
trap 'kill "$redis" 2> kill.log || true; rm -rf "$work"' EXIT
cat > probe.mjs <<'JS'
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'

const path = `${process.cwd()}/redis.sock`
while (!existsSync(path)) await sleep(50)
const producer = new Redis({ path })
const worker = new Redis({ path, commandTimeout: 1000 })
await producer.ping()
await worker.ping()
const outcome = call => call.then(value => JSON.stringify(value), error => error.message)

console.log(`blpop of an empty list: ${await outcome(worker.blpop('jobs', 0))}`)
console.log(`get on the same connection: ${await outcome(worker.get('x'))}`)
await producer.rpush('jobs', 'first', 'second')
await sleep(300)
console.log(`two jobs pushed, in the list: ${await producer.lrange('jobs', 0, -1)}`)
console.log(`next blpop: ${await outcome(worker.blpop('jobs', 0))}`)
process.exit()
JS
cat > expected <<'TXT'
blpop of an empty list: Command timed out
get on the same connection: Command timed out
two jobs pushed, in the list: second
next blpop: ["jobs","second"]
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
