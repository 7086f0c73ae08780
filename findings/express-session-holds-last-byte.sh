#!/usr/bin/env bash
# express-session: the client gets all but the last byte, then waits for the session store.
#
# Guess:   res.send() sends the response, and the session is saved before it or after it.
# Instead: express-session writes the headers and the body without its last byte, saves the
#          session, then writes the last byte. After the handler returned, headersSent is true
#          and writableEnded false; 'finish' comes when the store has answered.
# Matters: the request's time holds the store's although the handler, and every middleware after
#          the session, is long done; time to first byte (and res.writeHead hooks such as
#          response-time) look fine while the client waits for one byte.
# Versions: express 5.3.0, express-session 1.19.0; Node 20.20.2, 22.23.3, 24.21.0, 26.10.0.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --no-audit --no-fund express@5.3.0 express-session@1.19.0 >> npm.log 2>&1
cat > probe.mjs <<'JS'
import { once } from 'node:events'
import net from 'node:net'
import express from 'express'
import session from 'express-session'

class SlowStore extends session.Store {
  get(_id, done) { done() }
  set(_id, _data, done) {
    setTimeout(() => { console.log('store: saved'); done() }, 300)
  }
}
const app = express()
app.use((_req, res, next) => { res.on('finish', () => console.log('res: finish')); next() })
app.use(session({ secret: 'x', resave: false, saveUninitialized: true, store: new SlowStore() }))
app.get('/', (_req, res) => {
  res.send('hello')
  console.log(`handler: done, headersSent ${res.headersSent}, writableEnded ${res.writableEnded}`)
})
const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')
const client = net.connect(server.address().port, '127.0.0.1')
client.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
client.on('data', data => console.log(`client: ${JSON.stringify(String(data).split('\r\n\r\n').at(-1))}`))
await once(client, 'close')
server.close()
JS
cat > expected <<'TXT'
handler: done, headersSent true, writableEnded false
client: "hell"
store: saved
res: finish
client: "o"
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
