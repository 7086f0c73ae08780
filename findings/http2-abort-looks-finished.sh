#!/usr/bin/env bash
# HTTP/2 compatibility API: a response that was aborted looks like one that was finished.
#
# Guess:   as in node:http, a client that goes away before the handler answers gives 'close'
#          without 'finish', and res.writableFinished stays false.
# Instead: res emits 'finish', then 'close', with writableFinished true, statusCode 200, while
#          headersSent and writableEnded are false: nothing was ever sent.
# Matters: the usual test for an abort ("closed and not writableFinished") counts every abort
#          over HTTP/2 as a 200 that was delivered, and the usual end of a timer ('finish')
#          fires. Only req.aborted / stream.aborted or !headersSent tell.
# Versions: Node 20.20.2, 22.23.3, 24.21.0, 26.10.0: all alike. No packages.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > probe.mjs <<'JS'
import http from 'node:http'
import http2 from 'node:http2'
import { once } from 'node:events'

async function aborted(name, server, abort) {
  const [lines, done] = [[], Promise.withResolvers ? Promise.withResolvers() : resolvers()]
  server.on('request', (req, res) => {
    for (const event of ['finish', 'close']) {
      res.on(event, () => lines.push(`${name} res '${event}': status ${res.statusCode}, writableFinished ${res.writableFinished}, writableEnded ${res.writableEnded}, headersSent ${res.headersSent}`))
    }
    res.on('close', () => setImmediate(done.resolve))
    req.on('error', () => {})
    abort.go()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  abort.connect(server.address().port)
  await done.promise
  console.log(lines.join('\n'))
}
function resolvers() {
  const it = {}
  it.promise = new Promise(resolve => Object.assign(it, { resolve }))
  return it
}

const one = { connect(port) { this.req = http.get({ host: '127.0.0.1', port }).on('error', () => {}) }, go() { this.req.destroy() } }
await aborted('http/1', http.createServer(), one)
const two = {
  connect(port) { this.session = http2.connect(`http://127.0.0.1:${port}`); this.stream = this.session.request({ ':path': '/' }); this.stream.on('error', () => {}) },
  go() { this.stream.close(http2.constants.NGHTTP2_CANCEL) },
}
await aborted('http/2', http2.createServer(), two)
process.exit()
JS
cat > expected <<'TXT'
http/1 res 'close': status 200, writableFinished false, writableEnded false, headersSent false
http/2 res 'finish': status 200, writableFinished true, writableEnded false, headersSent false
http/2 res 'close': status 200, writableFinished true, writableEnded false, headersSent false
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
