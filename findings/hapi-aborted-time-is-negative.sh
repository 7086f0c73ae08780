#!/usr/bin/env bash
# hapi: the time of an aborted request reads minus 56 years.
#
# Guess:   in the 'response' event, responded - received of request.info is how long the request took, and
#          request.response.statusCode what was answered; both also where the client left.
# Instead: for a client that left while the handler worked the event comes with responded 0, so that the
#          difference is minus the time since 1970, and without a response: its status is undefined.
#          `completed` is set in both cases.
# Matters: one abort draws sum and mean of a minute to minus billions of milliseconds, or the client refuses
#          the value and aborts are missing. Take completed - received, and 499 where responded is 0.
# Versions: @hapi/hapi 21.4.10; Node 20.20.2, 24.21.0, 26.10.0: all alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund @hapi/hapi@21.4.10 >> npm.log 2>&1
cat > probe.mjs <<'JS'
import { setTimeout as sleep } from 'node:timers/promises'
import Hapi from '@hapi/hapi'

const server = Hapi.server({ port: 0, host: '127.0.0.1' })
let entered = false
server.route({ method: 'GET', path: '/whole', handler: () => 'ok' })
server.route({
  method: 'GET',
  path: '/left',
  handler: async request => {
    entered = true
    while (!request.raw.res.closed) await sleep(20)
    return 'too late'
  },
})
const size = ms => (ms >= 0 && ms < 60_000 ? 'less than a minute' : ms < -1e12 ? 'less than -1,000,000,000,000 ms' : `${ms} ms`)
server.events.on('response', ({ path, info, response }) => {
  console.error(`${path}: responded - received ${info.responded - info.received}`)
  console.log(`${path}: status ${response?.statusCode}, responded - received ${size(info.responded - info.received)}, completed - received ${size(info.completed - info.received)}`)
})
await server.start()
await (await fetch(`${server.info.uri}/whole`)).text()
const leave = new AbortController()
const call = fetch(`${server.info.uri}/left`, { signal: leave.signal }).catch(() => {})
while (!entered) await sleep(10)
const ended = new Promise(resolve => server.events.once('response', resolve))
leave.abort()
await call
await ended
process.exit()
JS
cat > expected <<'TXT'
/whole: status 200, responded - received less than a minute, completed - received less than a minute
/left: status undefined, responded - received less than -1,000,000,000,000 ms, completed - received less than a minute
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
