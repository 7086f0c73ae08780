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

let [answer, isAnswered] = [null, false]
const server = http.createServer((_req, res) => {
  isAnswered = false
  res.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' })
  answer = () => {
    isAnswered = true
    res.end('x')
  }
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const url = `http://127.0.0.1:${server.address().port}/`
const when = () => (isAnswered ? 'after the server answered' : 'before the server answered')
subscribe('undici:request:headers', ({ response }) => {
  console.log(`undici:request:headers: ${response.statusCode} ${when()}`)
  // The hints have arrived.
  if (!isAnswered) setTimeout(answer, 100)
})
console.log(`fetch: ${(await fetch(url)).status}`)
await new Promise(done => http.get(url, res => {
  console.log(`node:http 'response': ${res.statusCode} ${when()}`)
  res.resume().on('end', done)
}).on('information', () => setTimeout(answer, 100)))
process.exit()
JS
cat > expected <<'TXT'
undici:request:headers: 103 before the server answered
undici:request:headers: 200 after the server answered
fetch: 200
node:http 'response': 200 after the server answered
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
