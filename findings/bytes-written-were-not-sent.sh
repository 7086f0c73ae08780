#!/usr/bin/env bash
# Node: socket.bytesWritten counts what was handed to the socket, not what went out, and on TLS what it
# was before encryption.
#
# Guess:   bytesWritten, read when the response is over, is what the server sent: little for a client that
#          leaves after its first kilobytes; on HTTPS what went over the wire.
# Instead: it has all that was ever given to write(), with what still waited in the process and was thrown
#          away. On TLS the handshake and the records' own bytes are left out.
# Matters: egress by route is overstated by each download that is broken off: 50 MB for a client that took
#          64 kB. On TLS many small writes are understated: a third or more of what is billed is missing.
# Versions: Node 20.20.2, 24.21.0, 26.10.0: all alike. Needs openssl.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 1 -subj /CN=localhost 2> openssl.log
cat > probe.mjs <<'JS'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect, createServer as createProxy } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls, createServer as createTls } from 'node:tls'

const size = 50_000_000
async function listening(server) {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return server.address().port
}
let written
const web = createServer((req, res) => {
  const { socket } = req
  res.on('close', () => {
    written = socket.bytesWritten
  })
  res.end(Buffer.alloc(size))
})
const client = connect(await listening(web), '127.0.0.1')
client.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
const [taken] = await once(client, 'data')
client.destroy()
while (written === undefined) await sleep(20)
console.error(`client read ${taken.length}, bytesWritten ${written}`)
console.log(`broken off: client read ${taken.length < 1_000_000 ? 'less than 1 MB' : taken.length}, bytesWritten ${written > size ? 'all 50 MB' : written}`)

let wire = 0
const records = 200
const secure = createTls({ key: readFileSync('key.pem'), cert: readFileSync('cert.pem') }, socket => socket.resume().on('end', () => socket.end()))
const securePort = await listening(secure)
const proxy = createProxy(inner => {
  inner.on('data', chunk => {
    wire += chunk.length
  })
  inner.pipe(connect(securePort, '127.0.0.1')).pipe(inner)
})
const tls = connectTls({ port: await listening(proxy), host: '127.0.0.1', rejectUnauthorized: false })
await once(tls, 'secureConnect')
for (let i = 0; i < records; i++) await new Promise(resolve => tls.write('x'.repeat(50), resolve))
tls.end()
tls.resume()
await once(tls, 'close')
console.error(`TLS: bytesWritten ${tls.bytesWritten}, on the wire ${wire}`)
console.log(`TLS, 200 writes of 50 bytes: bytesWritten ${tls.bytesWritten}, on the wire ${wire > 1.4 * tls.bytesWritten ? 'at least 40 % more' : wire}`)
process.exit()
JS
cat > expected <<'TXT'
broken off: client read less than 1 MB, bytesWritten all 50 MB
TLS, 200 writes of 50 bytes: bytesWritten 10000, on the wire at least 40 % more
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
