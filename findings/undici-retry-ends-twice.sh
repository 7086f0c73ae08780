#!/usr/bin/env bash
# undici's RetryAgent: one try ends twice, and fails though the caller got its answer.
#
# Guess:   each try publishes undici:request:create and then one end: undici:request:trailers where an
#          answer was read, undici:request:error where none was; 503 is an answer.
# Instead: a try that is answered 503 and will be repeated publishes `trailers` and then `error`. A body
#          that is cut off is resumed by a second request with `Range`: the first ends in `error`, the
#          second has status 206, and the caller sees one call with 200 and the whole body.
# Matters: a subscriber that records at both ends counts such tries twice, once well and once as an
#          error; and what the caller counts as one success is an error and a 206 to it.
# Versions: undici 8.13.1; Node 22.23.3, 24.21.0, 26.10.0: alike (undici 8 does not start on Node 20).
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund undici@8.13.1 >> npm.log 2>&1
cat > probe.mjs <<'JS'
import { subscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, RetryAgent, request } from 'undici'

let tries = 0
const server = http.createServer(async (req, res) => {
  tries++
  if (req.url === '/busy') {
    if (tries < 3) res.writeHead(503)
    return res.end('hello')
  }
  if (req.headers.range !== undefined) {
    return res.writeHead(206, { etag: '"a"', 'content-range': 'bytes 5-9/10', 'content-length': '5' }).end('world')
  }
  res.writeHead(200, { etag: '"a"', 'content-length': '10' }).write('hello')
  await sleep(50)
  res.destroy()
}).listen(0, '127.0.0.1')
await once(server, 'listening')
let events = []
for (const event of ['create', 'headers', 'trailers', 'error']) {
  subscribe(`undici:request:${event}`, ({ response }) => events.push(response === undefined ? event : `${event} ${response.statusCode}`))
}
const dispatcher = new RetryAgent(new Agent(), { minTimeout: 50 })
for (const path of ['/busy', '/cut']) {
  events = []
  tries = 0
  const { statusCode, body } = await request(`http://127.0.0.1:${server.address().port}${path}`, { dispatcher })
  console.log(`${path}: caller ${statusCode} ${await body.text()}; events: ${events.join(', ')}`)
}
process.exit()
JS
cat > expected <<'TXT'
/busy: caller 200 hello; events: create, headers 503, trailers, error, create, headers 503, trailers, error, create, headers 200, trailers
/cut: caller 200 helloworld; events: create, headers 200, error, create, headers 206, trailers
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
