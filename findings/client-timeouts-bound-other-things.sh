#!/usr/bin/env bash
# axios, got, ky: `timeout: 300` bounds four different things, and most calls that it should end go on.
#
# Guess:   a call with a timeout of 300 ms is over after about 300 ms; axios ends it with ECONNABORTED
#          (its documentation: aborts what takes longer), ky counts its retries in (its documentation).
# Instead: a body that takes 600 ms is read to its end by axios and by ky; by axios with the adapter
#          `fetch` and by got it is cut. A redirect of 200 + 200 ms is cut by axios and ky, not by got,
#          whose time starts again with each hop. Two answers 503, of 200 ms each, and a third that is
#          good are a success after more than 900 ms by ky: the time starts again with each try, and the
#          pauses do not count. And the code of axios tells the phase: ECONNABORTED before the headers,
#          ERR_BAD_RESPONSE after them (a body that stalls), ETIMEDOUT with `fetch`.
# Matters: p99 of upstream calls is not bounded by the timeout that is configured; a count of
#          ECONNABORTED misses the timeouts within bodies, which look like a fault of the upstream.
# Versions: axios 1.21.1, got 14.6.6, ky 1.14.3; Node 20.20.2, 24.21.0: alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund axios@1.21.1 got@14.6.6 ky@1.14.3 >> npm.log 2>&1
cat > probe.mjs <<'JS'
import { once } from 'node:events'
import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import axios from 'axios'
import got from 'got'
import ky from 'ky'

let tries = 0
const server = http.createServer(async (req, res) => {
  tries++
  if (req.url === '/dripping') {
    for (let i = 0; i < 6; i++) {
      res.write('x')
      await sleep(100)
    }
  } else if (req.url === '/stalling') {
    res.write('x')
    await sleep(1000)
  } else {
    await sleep(req.url === '/late' ? 1000 : 200)
    if (req.url === '/redirecting') res.writeHead(302, { location: '/there' })
    if (req.url === '/busy' && tries < 3) res.writeHead(503)
  }
  res.end()
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const root = `http://127.0.0.1:${server.address().port}`
const timeout = 300
const clients = {
  axios: url => axios.get(url, { timeout }),
  'axios by fetch': url => axios.get(url, { timeout, adapter: 'fetch' }),
  got: url => got(url, { timeout: { request: timeout }, retry: { limit: 0 } }),
  ky: async url => void (await (await ky(url, { timeout, retry: 0 })).text()),
  'ky with retries': async url => void (await (await ky(url, { timeout })).text()),
}
async function call(name, path) {
  tries = 0
  const began = performance.now()
  const end = await clients[name](root + path).then(() => 'succeeds', error => error.code ?? error.name)
  const took = performance.now() - began
  console.log(`${path}, ${name}: ${end}${end === 'succeeds' && took > 350 ? ', after its time' : ''}`)
}
for (const path of ['/dripping', '/stalling', '/redirecting', '/late']) {
  for (const name of ['axios', 'axios by fetch', 'got', 'ky']) await call(name, path)
}
await call('ky with retries', '/busy')
process.exit()
JS
cat > expected <<'TXT'
/dripping, axios: succeeds, after its time
/dripping, axios by fetch: ETIMEDOUT
/dripping, got: ETIMEDOUT
/dripping, ky: succeeds, after its time
/stalling, axios: ERR_BAD_RESPONSE
/stalling, axios by fetch: ETIMEDOUT
/stalling, got: ETIMEDOUT
/stalling, ky: succeeds, after its time
/redirecting, axios: ECONNABORTED
/redirecting, axios by fetch: ETIMEDOUT
/redirecting, got: succeeds, after its time
/redirecting, ky: TimeoutError
/late, axios: ECONNABORTED
/late, axios by fetch: ETIMEDOUT
/late, got: ETIMEDOUT
/late, ky: TimeoutError
/busy, ky with retries: succeeds, after its time
TXT
timeout 60 "$node" probe.mjs | tee seen
diff expected seen
