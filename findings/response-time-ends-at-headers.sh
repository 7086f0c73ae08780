#!/usr/bin/env bash
# response-time, morgan, koa-response-time, pino-http: one streamed answer, three different times.
#
# Guess:   "response time" of an answer whose first byte leaves after 0.2 s and whose last after 2.2 s is
#          2.2 s, in each of the usual middlewares; an aborted request is measured, too.
# Instead: response-time's callback (its documentation shows it sending to StatsD) and morgan's
#          :response-time (in its formats `dev` and `tiny`) end with the headers: 0.2 s. koa-response-time
#          ends when the middleware returns, before a stream was read at all. morgan's :total-time and
#          pino-http's responseTime are the whole. For a client that leaves before the headers the callback
#          never comes; one that leaves later has status 200 in all of them.
# Matters: the slowest routes (downloads, exports, server-sent events, pages rendered as a stream) look
#          fastest, and what people gave up on is missing from the percentiles.
# Versions: response-time 2.3.4, morgan 1.12.1, pino-http 11.0.0, express 5.3.0, koa 3.3.0,
#          koa-response-time 2.1.0; Node 20.20.2, 24.21.0, 26.10.0: all alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund response-time@2.3.4 morgan@1.12.1 pino-http@11.0.0 express@5.3.0 koa@3.3.0 koa-response-time@2.1.0 >> npm.log 2>&1
cat > probe.mjs <<'JS'
import { once } from 'node:events'
import { PassThrough, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import express from 'express'
import Koa from 'koa'
import koaResponseTime from 'koa-response-time'
import morgan from 'morgan'
import pinoHttp from 'pino-http'
import responseTime from 'response-time'

// The rest follows 2 s after the headers, so that only the whole is longer than that.
async function answer(write, end) {
  await sleep(200)
  write('first')
  await sleep(2000)
  end('last')
}
const part = ms => (ms === undefined ? 'never told' : Number(ms) >= 1900 ? 'the whole' : 'without the body')
let seen = {}
const web = express()
web.use(morgan(':response-time :total-time :status', { stream: { write: line => {
  const [response, total, status] = line.trim().split(' ')
  Object.assign(seen, { response, total, status })
} } }))
web.use(pinoHttp(new Writable({ write(chunk, _encoding, done) {
  const { responseTime, res } = JSON.parse(chunk)
  Object.assign(seen, { pino: responseTime, pinoStatus: res.statusCode })
  done()
} })))
web.use(responseTime((_req, _res, ms) => {
  seen.callback = ms
}))
web.get('/stream', (_req, res) => answer(text => res.write(text), text => res.end(text)))
const server = web.listen(0, '127.0.0.1')
await once(server, 'listening')
const url = `http://127.0.0.1:${server.address().port}/stream`
async function logged() {
  while (seen.pino === undefined || seen.status === undefined) await sleep(10)
  console.error(seen)
}
await (await fetch(url)).text()
await logged()
console.log(`response-time: ${part(seen.callback)}`)
console.log(`morgan :response-time: ${part(seen.response)}, :total-time: ${part(seen.total)}`)
console.log(`pino-http: ${part(seen.pino)}`)

seen = {}
const late = new AbortController()
await fetch(url, { signal: late.signal })
late.abort()
await logged()
console.log(`client left after the headers: status ${seen.status} in morgan, ${seen.pinoStatus} in pino-http`)

seen = {}
const early = new AbortController()
const arrived = once(server, 'request')
const call = fetch(url, { signal: early.signal }).catch(() => {})
await arrived
early.abort()
await call
await logged()
await sleep(3000)
console.log(`client left before the headers: response-time ${part(seen.callback)}, status ${seen.status} in morgan, ${seen.pinoStatus} in pino-http`)

const koa = new Koa()
koa.use(koaResponseTime())
koa.use(ctx => {
  const body = new PassThrough()
  ctx.body = body
  answer(text => body.write(text), text => body.end(text))
})
const other = koa.listen(0, '127.0.0.1')
await once(other, 'listening')
const response = await fetch(`http://127.0.0.1:${other.address().port}/`)
await response.text()
console.log(`koa-response-time: ${part(response.headers.get('x-response-time').replace('ms', ''))}`)
process.exit()
JS
cat > expected <<'TXT'
response-time: without the body
morgan :response-time: without the body, :total-time: the whole
pino-http: the whole
client left after the headers: status 200 in morgan, 200 in pino-http
client left before the headers: response-time never told, status - in morgan, null in pino-http
koa-response-time: without the body
TXT
timeout 50 "$node" probe.mjs | tee seen
diff expected seen
