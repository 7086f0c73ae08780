#!/usr/bin/env bash
# Fastify: onResponse, the hook for timing requests, never runs for an aborted request.
#
# Guess:   onResponse runs once for every request, also when the client has gone ("when the
#          response has been sent" or can not be), at the latest when the handler has replied.
# Instead: for a client that leaves before the answer, or during a streamed one, neither
#          onResponse nor onError runs, ever; the handler goes on and onSend still runs with
#          status 200. Only onRequestAbort tells.
# Matters: request counts and times made in onResponse (as most Fastify metrics plugins do)
#          leave out exactly the requests that users gave up on; "request completed" is missing
#          in the log; a gauge "in flight" that is lowered in onResponse never comes down again.
# Versions: fastify 5.12.8; Node 20.20.2, 22.23.3, 24.21.0, 26.10.0: all alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --no-audit --no-fund fastify@5.12.8 >> npm.log 2>&1
cat > probe.mjs <<'JS'
import http from 'node:http'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import Fastify from 'fastify'

const hooks = []
const app = Fastify({ forceCloseConnections: true })
app.addHook('onResponse', async (_req, reply) => hooks.push(`onResponse ${reply.statusCode}`))
app.addHook('onError', async () => hooks.push('onError'))
app.addHook('onSend', async (_req, reply, payload) => { hooks.push(`onSend ${reply.statusCode}`); return payload })
app.addHook('onRequestAbort', async _req => hooks.push('onRequestAbort'))
app.get('/late', async () => { await sleep(200); return 'late' })
app.get('/stream', async () => Readable.from((async function* () {
  for (let i = 0; i < 3; i++) { yield 'part'; await sleep(100) }
})()))
await app.listen({ port: 0, host: '127.0.0.1' })

for (const path of ['/late', '/stream']) {
  for (const leave of [false, true]) {
    hooks.length = 0
    const req = http.get({ host: '127.0.0.1', port: app.server.address().port, path, agent: false }, res => res.resume().on('error', () => {}))
    req.on('error', () => {})
    await sleep(80)
    if (leave) req.destroy()
    await sleep(600)
    console.log(`${path}, client ${leave ? 'leaves' : 'stays'}: ${hooks.join(', ')}`)
  }
}
process.exit()
JS
cat > expected <<'TXT'
/late, client stays: onSend 200, onResponse 200
/late, client leaves: onRequestAbort, onSend 200
/stream, client stays: onSend 200, onResponse 200
/stream, client leaves: onSend 200, onRequestAbort
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
