#!/usr/bin/env bash
# node:http: a client that ends its side after the request is taken for one that went away.
#
# Guess:   a client that sends a whole request and shuts its sending side down (`printf ... | nc -N`,
#          some health checks and old proxies) is answered, as by most servers: TCP allows it.
# Instead: the server ends the connection at once. The request is 'aborted', the response closes with
#          writableFinished false, and the client gets no byte. Only a handler that answers in the same
#          turn is heard.
# Matters: such checks are counted as aborted requests, and only those of routes that wait; they come and
#          go with the load of the database behind them. The server's option that allows it is not
#          documented.
# Versions: Node 20.20.2, 22.23.3, 24.21.0, 26.10.0: alike. No packages.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > probe.mjs <<'JS'
import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'

let events = []
const server = http.createServer((req, res) => {
  req.on('aborted', () => events.push('aborted'))
  res.on('close', () => events.push(`close, writableFinished ${res.writableFinished}`))
  if (req.url === '/at-once') res.end('hello')
  else setTimeout(() => res.end('hello'), 100)
}).listen(0, '127.0.0.1')
await once(server, 'listening')
for (const path of ['/at-once', '/after-100-ms']) {
  events = []
  let got = ''
  const client = net.connect(server.address().port, '127.0.0.1').on('data', data => { got += data })
  client.end(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
  await once(client, 'close')
  while (!events.some(event => event.startsWith('close'))) await new Promise(setImmediate)
  console.log(`${path}: client got ${got.startsWith('HTTP/1.1 200') ? '200' : `${got.length} bytes`}; server: ${events.join(', ')}`)
}
process.exit()
JS
cat > expected <<'TXT'
/at-once: client got 200; server: close, writableFinished true
/after-100-ms: client got 0 bytes; server: aborted, close, writableFinished false
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
