#!/usr/bin/env bash
# node:http and fetch: with a keepAliveTimeout of a second or two, no connection is used again.
#
# Guess:   a server with keepAliveTimeout: 1500 keeps a connection for 1.5 s, so calls that follow each
#          other at once share it.
# Instead: the server announces whole seconds (`Keep-Alive: timeout=1`, and `timeout=0` for 500), and
#          clients take a margin off: Node's Agent one second, fetch (undici) two. What is left is 0, so
#          the Agent opens a connection for each call below 2000 ms, and fetch below 3000 ms.
#          The server itself keeps each of them open a second longer than it was told.
# Matters: a timeout that was lowered to free connections multiplies connects, TLS handshakes and their
#          share of latency, and the number of open connections.
# Versions: Node 20.20.2, 22.23.3, 24.21.0, 26.10.0: alike. No packages.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > probe.mjs <<'JS'
import { once } from 'node:events'
import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

for (const keepAliveTimeout of [500, 1500, 2500, 5000]) {
  let connections = 0
  let announced
  const server = http.createServer({ keepAliveTimeout }, (_req, res) => res.end('x')).on('connection', () => connections++)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${server.address().port}/`
  const agent = new http.Agent({ keepAlive: true })
  const counted = async call => {
    connections = 0
    for (let i = 0; i < 5; i++) {
      await call()
      // Until the connection is idle.
      await sleep(20)
    }
    return connections
  }
  const byAgent = await counted(() => new Promise(done => http.get(url, { agent }, res => {
    announced = res.headers['keep-alive']
    res.resume().on('end', done)
  })))
  const byFetch = await counted(async () => (await fetch(url)).text())
  console.log(`keepAliveTimeout ${keepAliveTimeout}, announced ${announced}: 5 calls on ${byAgent} connections by Agent, on ${byFetch} by fetch`)
  agent.destroy()
  server.closeAllConnections()
  server.close()
}
process.exit()
JS
cat > expected <<'TXT'
keepAliveTimeout 500, announced timeout=0: 5 calls on 5 connections by Agent, on 5 by fetch
keepAliveTimeout 1500, announced timeout=1: 5 calls on 5 connections by Agent, on 5 by fetch
keepAliveTimeout 2500, announced timeout=2: 5 calls on 1 connections by Agent, on 5 by fetch
keepAliveTimeout 5000, announced timeout=5: 5 calls on 1 connections by Agent, on 1 by fetch
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
