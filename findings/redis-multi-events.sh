#!/usr/bin/env bash
# Redis clients: the same MULTI of two commands is four command events or none.
#
# Guess:   the command channels of ioredis and node-redis publish one event for each command, in
#          a transaction or a pipeline as well; a batch event, where there is one, replaces
#          them.
# Instead: ioredis publishes MULTI as one batch event and four command events (multi, set, get,
#          exec); a pipeline as its commands only. node-redis publishes MULTI as one batch event
#          and no command, and a pipeline as one batch and its commands.
# Matters: calls per request and time in Redis are counted twice or not at all if one rule is
#          used for both clients, and change when an application changes from multi to pipeline.
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
import Redis from 'ioredis'
import { createClient } from 'redis'

const path = `${process.cwd()}/redis.sock`
const io = new Redis({ path })
await io.set('k', '1')
const node = await createClient({ socket: { path } }).connect()
let events
for (const client of ['ioredis', 'node-redis']) {
  tracingChannel(`${client}:command`).subscribe({ start: ({ command }) => events.push(command.toLowerCase()) })
  tracingChannel(`${client}:batch`).subscribe({ start: () => events.push('BATCH') })
}
for (const [name, run] of [
  ['ioredis multi', () => io.multi().set('k', '1').get('k').exec()],
  ['ioredis pipeline', () => io.pipeline().set('k', '1').get('k').exec()],
  ['node-redis multi', () => node.multi().set('k', '1').get('k').exec()],
  ['node-redis pipeline', () => node.multi().set('k', '1').get('k').execAsPipeline()],
]) {
  events = []
  await run()
  console.log(`${name}: ${events.join(', ')}`)
}
process.exit()
JS
cat > expected <<'TXT'
ioredis multi: BATCH, multi, set, get, exec
ioredis pipeline: set, get
node-redis multi: BATCH
node-redis pipeline: BATCH, set, get
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
