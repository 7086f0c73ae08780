#!/usr/bin/env bash
# undici and fetch: undici:request:headers is published for 103 Early Hints as well.
#
# Guess:   undici:request:headers tells that the answer has begun, once for each request, with its
#          status; a 1xx response is skipped, as the 'response' event of node:http skips it.
# Instead: it is published for the 103, with statusCode 103, and again for the answer. `fetch` itself
#          shows the caller the answer alone, and node:http has 'information' for the other.
# Matters: time to first byte taken there is the time to the hints, which servers send before they do the
#          work: 0 ms for an answer of 200 ms; and 103 appears among the statuses of upstreams.
# Versions: fetch of Node 20.20.2, 22.23.3, 24.21.0, 26.10.0: alike. No packages.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > probe.mjs <<'JS'
import { subscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import http from 'node:http'

const server = http.createServer((_req, res) => {
  res.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' })
  setTimeout(() => res.end('x'), 200)
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const url = `http://127.0.0.1:${server.address().port}/`
let began
subscribe('undici:request:headers', ({ response }) => {
  console.log(`undici:request:headers: ${response.statusCode} ${performance.now() - began >= 190 ? 'after 200 ms' : 'before 200 ms'}`)
})
began = performance.now()
const { status } = await fetch(url)
console.log(`fetch: ${status}`)
began = performance.now()
await new Promise(done => http.get(url, res => {
  console.log(`node:http 'response': ${res.statusCode} ${performance.now() - began >= 190 ? 'after 200 ms' : 'before 200 ms'}`)
  res.resume().on('end', done)
}))
process.exit()
JS
cat > expected <<'TXT'
undici:request:headers: 103 before 200 ms
undici:request:headers: 200 after 200 ms
fetch: 200
node:http 'response': 200 after 200 ms
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
