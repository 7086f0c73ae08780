#!/usr/bin/env bash
# ioredis: subscribing to its diagnostics channel hides errors that would have ended the
# process.
#
# Guess:   a subscriber of tracing:ioredis:command only watches.
# Instead: with any subscriber, a command that fails and is awaited by nobody raises no
#          unhandledRejection any more. Without one it does, and by default that ends the
#          process.
# Matters: switching a metrics or tracing library on changes what the program does: a crash, and
#          the alert on it, disappears. node-redis does not have this.
# Versions: ioredis 6.0.0, redis 6.3.1, Redis 7.0 (Debian 12); Node 20.20.2, 22.23.3, 24.21.0,
#          26.10.0.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --no-audit --no-fund ioredis@6.0.0 redis@6.3.1 >> npm.log 2>&1
redis-server --port 0 --unixsocket "$work/redis.sock" --save '' --appendonly no --dir "$work" > redis.log &
redis=$!
trap 'kill "$redis" 2> kill.log || true; rm -rf "$work"' EXIT
cat > probe.mjs <<'JS'
import { tracingChannel } from 'node:diagnostics_channel'
import { setTimeout as sleep } from 'node:timers/promises'
import Redis from 'ioredis'
import { createClient } from 'redis'

let unhandled = 0
process.on('unhandledRejection', () => unhandled++)
const path = `${process.cwd()}/redis.sock`
const io = new Redis({ path })
await io.set('text', 'x')
const node = await createClient({ socket: { path } }).connect()
async function count(name, call) {
  unhandled = 0
  call()
  await sleep(200)
  console.log(`${name}: ${unhandled} unhandledRejection`)
}
for (const watched of ['no subscriber', 'one subscriber']) {
  if (watched === 'one subscriber') {
    for (const channel of ['ioredis:command', 'node-redis:command']) tracingChannel(channel).subscribe({ start() {} })
  }
  await count(`ioredis, ${watched}`, () => io.incr('text'))
  await count(`node-redis, ${watched}`, () => node.incr('text'))
}
process.exit()
JS
cat > expected <<'TXT'
ioredis, no subscriber: 1 unhandledRejection
node-redis, no subscriber: 1 unhandledRejection
ioredis, one subscriber: 0 unhandledRejection
node-redis, one subscriber: 1 unhandledRejection
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
