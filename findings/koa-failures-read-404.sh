#!/usr/bin/env bash
# Koa: a middleware that measures sees 404 for what is answered with 500.
#
# Guess:   `try { await next() } finally { record(ctx.status) }` records the status that the client gets.
# Instead: Koa turns an error into a response after all middleware is through. Until then ctx.status is
#          what was set so far: 404, the status of a context without a body, or 200 where a body was set
#          before the error. A ctx.throw(400) reads 404 as well.
# Matters: failures hide among the 404s that nobody watches, and the error rate stays 0. Read the status in
#          the response's 'close' or 'finish', or from `error.status` in a catch.
# Versions: Koa 3.3.0, 2.16.4; Node 20.20.2, 24.21.0, 26.10.0: all alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund koa@3.3.0 koa2@npm:koa@2.16.4 >> npm.log 2>&1
cat > probe.mjs <<'JS'
import { once } from 'node:events'
import Koa3 from 'koa'
import Koa2 from 'koa2'

const handlers = {
  '/fine': ctx => {
    ctx.body = 'fine'
  },
  '/fails': () => {
    throw new Error('no')
  },
  '/fails-late': ctx => {
    ctx.body = 'first'
    throw new Error('no')
  },
  '/refuses': ctx => ctx.throw(400),
}
for (const [name, Koa] of Object.entries({ 'koa 3': Koa3, 'koa 2': Koa2 })) {
  const app = new Koa()
  app.silent = true
  let inFinally
  let atClose
  app.use(async (ctx, next) => {
    atClose = once(ctx.res, 'close').then(() => ctx.status)
    try { await next() } finally { inFinally = ctx.status }
  })
  app.use(ctx => handlers[ctx.path](ctx))
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  for (const path of Object.keys(handlers)) {
    const answer = await fetch(`http://127.0.0.1:${server.address().port}${path}`)
    await answer.text()
    console.log(`${name} ${path}: client ${answer.status}, in finally ${inFinally}, at close ${await atClose}`)
  }
  server.close()
  server.closeAllConnections()
}
JS
cat > expected <<'TXT'
koa 3 /fine: client 200, in finally 200, at close 200
koa 3 /fails: client 500, in finally 404, at close 500
koa 3 /fails-late: client 500, in finally 200, at close 500
koa 3 /refuses: client 400, in finally 404, at close 400
koa 2 /fine: client 200, in finally 200, at close 200
koa 2 /fails: client 500, in finally 404, at close 500
koa 2 /fails-late: client 500, in finally 200, at close 500
koa 2 /refuses: client 400, in finally 404, at close 400
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
