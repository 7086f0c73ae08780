#!/usr/bin/env bash
# Node: 'close' of a request whose body was read comes before the answer, with the client still there.
#
# Guess:   `req.on('close')` while the response has not ended means that the client left; among requests
#          that are answered well there is none.
# Instead: 'close' of the request means that the request was read. A POST whose body a parser has read has
#          it before the handler answers, each time; a GET has it only after the response. 'close' of the
#          response is the one to ask.
# Matters: a counter of aborted requests counts each POST, and a handler that cancels its upstream calls
#          there cancels them for each client that sent a body. Tests with GET show nothing.
# Versions: Express 5.3.0, Koa 3.3.0 with @koa/bodyparser 6.1.0, Fastify 5.12.8; Node 20.20.2, 24.21.0,
#          26.10.0: all alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund express@5.3.0 koa@3.3.0 @koa/bodyparser@6.1.0 fastify@5.12.8 >> npm.log 2>&1
cat > probe.mjs <<'JS'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { bodyParser } from '@koa/bodyparser'
import express from 'express'
import fastify from 'fastify'
import Koa from 'koa'

const work = 50
const koa = new Koa()
koa.use(bodyParser())
koa.use(async ctx => {
  await sleep(work)
  ctx.body = { ok: true }
})
const fast = fastify()
fast.route({
  method: ['GET', 'POST'],
  url: '/',
  handler: async () => {
    await sleep(work)
    return { ok: true }
  },
})
await fast.ready()
const apps = {
  express: express().use(express.json()).use((_req, res) => setTimeout(() => res.json({ ok: true }), work)),
  koa: koa.callback(),
  fastify: (req, res) => fast.routing(req, res),
}
for (const [name, app] of Object.entries(apps)) {
  const server = createServer((req, res) => {
    req.on('close', () => {
      if (!res.writableEnded) left.request++
    })
    res.on('close', () => {
      if (!res.writableFinished) left.response++
    })
    app(req, res)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const left = {}
  for (const method of ['GET', 'POST']) {
    left.request = left.response = 0
    let good = 0
    for (let i = 0; i < 10; i++) {
      const body = method === 'POST' ? { body: '{"a":1}', headers: { 'content-type': 'application/json' } } : {}
      const answer = await fetch(`http://127.0.0.1:${server.address().port}/`, { method, ...body })
      if ((await answer.json()).ok) good++
    }
    console.log(`${name}, ${method}: ${good} of 10 answered; "aborted" by the request's close ${left.request}, by the response's ${left.response}`)
  }
  server.close()
  server.closeAllConnections()
}
JS
cat > expected <<'TXT'
express, GET: 10 of 10 answered; "aborted" by the request's close 0, by the response's 0
express, POST: 10 of 10 answered; "aborted" by the request's close 10, by the response's 0
koa, GET: 10 of 10 answered; "aborted" by the request's close 0, by the response's 0
koa, POST: 10 of 10 answered; "aborted" by the request's close 10, by the response's 0
fastify, GET: 10 of 10 answered; "aborted" by the request's close 0, by the response's 0
fastify, POST: 10 of 10 answered; "aborted" by the request's close 10, by the response's 0
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
