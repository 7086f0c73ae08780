#!/usr/bin/env bash
# hot-shots: a child client forgets the sample rate, and its close() ends its parent.
#
# Guess:   childClient() is the client with more tags: it keeps `sampleRate` as it keeps prefix and tags, or
#          takes one of its own; close() of a child ends the child.
# Instead: a child sends each line without a rate, also where childClient() is given a sampleRate. close()
#          of a child closes the socket that both share: what the parent sends afterwards is lost, for each
#          other child as well.
# Matters: the pattern of one child for each module or request sends four or a hundred times the lines that
#          were reckoned with, and the server loses some. One module that closes its child at shutdown takes
#          the last metrics of all others.
# Versions: hot-shots 17.1.1; Node 20.20.2, 24.21.0, 26.10.0: all alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund hot-shots@17.1.1 >> npm.log 2>&1
cat > probe.mjs <<'JS'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { StatsD } from 'hot-shots'

const lines = []
const server = createSocket('udp4', message => lines.push(String(message).trim()))
server.bind(0, '127.0.0.1')
await once(server, 'listening')
const options = { host: '127.0.0.1', port: server.address().port }
async function sent(client, count) {
  lines.length = 0
  for (let i = 0; i < count; i++) {
    client.increment('calls')
    await sleep(1)
  }
  await sleep(300)
  return [...lines]
}
async function show(name, client) {
  const got = await sent(client, 200)
  console.error(`${name}: ${got.length} lines of 200, first ${got[0]}`)
  console.log(`${name}: ${got.length === 200 ? 'all 200 lines' : got.length > 0 && got.length < 120 ? 'a part of 200 lines' : got.length}, as ${[...new Set(got)]}`)
}
const parent = new StatsD({ ...options, sampleRate: 0.25, prefix: 'app.', globalTags: { env: 'x' } })
await show('parent', parent)
await show('child', parent.childClient({ globalTags: { module: 'm' } }))
await show('child with a sampleRate', parent.childClient({ sampleRate: 0.25 }))

const errors = new Set()
const other = new StatsD({ ...options, errorHandler: error => errors.add(/ERR_\w+/.exec(error.message)?.[0]) })
const child = other.childClient()
console.log(`before: ${(await sent(other, 3)).length} of 3 lines of the parent`)
await new Promise(resolve => child.close(resolve))
console.log(`after the child was closed: ${(await sent(other, 3)).length} of 3, ${[...errors]}`)
process.exit()
JS
cat > expected <<'TXT'
parent: a part of 200 lines, as app.calls:1|c|@0.25|#env:x
child: all 200 lines, as app.calls:1|c|#env:x,module:m
child with a sampleRate: all 200 lines, as app.calls:1|c|#env:x
before: 3 of 3 lines of the parent
after the child was closed: 0 of 3, ERR_SOCKET_DGRAM_NOT_RUNNING
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
