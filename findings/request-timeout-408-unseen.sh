#!/usr/bin/env bash
# node:http: the client is told 408, the response object still says 200, and it comes up to
# thirty seconds after the timeout.
#
# Guess:   with requestTimeout: 200 a client that stalls in the middle of its body gets 408
#          after about 200 ms, and res.statusCode reads 408 when the response closes.
# Instead: 408 is written to the socket past the response object, which closes with statusCode
#          200, headersSent false. Timeouts are enforced only when all connections are checked,
#          every connectionsCheckingInterval (default 30 s), so that is when the request ends:
#          its measured time is the interval's, not the timeout's.
# Matters: a timer that reads statusCode at 'close' books a 200 (or an abort) of up to 30 s
#          where the client, the proxy and its log have a 408.
# Versions: Node 20.20.2, 22.23.3, 24.21.0, 26.10.0: all alike. No packages. Takes 31 s.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > probe.mjs <<'JS'
import http from 'node:http'
import net from 'node:net'

function stall(name, options) {
  return new Promise(resolve => {
    const lines = []
    let began
    const server = http.createServer(options, (req, res) => {
      req.on('error', () => {}).resume()
      res.on('close', () => lines.push(`${name}: res closed with statusCode ${res.statusCode}, headersSent ${res.headersSent}`))
    })
    server.listen(0, '127.0.0.1', () => {
      const client = net.connect(server.address().port, '127.0.0.1')
      began = performance.now()
      client.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc')
      client.on('data', data => lines.push(`${name}: client got ${String(data).split('\r\n')[0]}`))
      client.on('close', () => {
        const took = performance.now() - began
        lines.push(`${name}: took ${took > 20_000 ? 'more than 20 s' : took < 5000 ? 'less than 5 s' : `${took} ms`}`)
        server.close()
        resolve(lines)
      })
    })
  })
}
const both = [
  stall('requestTimeout 200', { requestTimeout: 200, headersTimeout: 200 }),
  stall('and connectionsCheckingInterval 100', { requestTimeout: 200, headersTimeout: 200, connectionsCheckingInterval: 100 }),
]
for (const lines of await Promise.all(both)) console.log(lines.sort().join('\n'))
JS
cat > expected <<'TXT'
requestTimeout 200: client got HTTP/1.1 408 Request Timeout
requestTimeout 200: res closed with statusCode 200, headersSent false
requestTimeout 200: took more than 20 s
and connectionsCheckingInterval 100: client got HTTP/1.1 408 Request Timeout
and connectionsCheckingInterval 100: res closed with statusCode 200, headersSent false
and connectionsCheckingInterval 100: took less than 5 s
TXT
timeout 50 "$node" probe.mjs | tee seen
diff expected seen
