#!/usr/bin/env bash
# axios: the interceptor that was added first starts last.
#
# Guess:   interceptors run in the order they were added, so a timer added first starts before
#          and ends after all others (or, like middleware, around them).
# Instead: request interceptors run last added first, response interceptors first added first.
#          A timer added first is the innermost on the way out and the first on the way back:
#          it leaves out what other interceptors wait for (fetching a token, say). Added
#          last, it has the whole way out, and the whole way back as well.
# Matters: upstream time measured in an interceptor changes with the order of imports.
# Versions: axios 1.21.1; Node 20.20.2, 22.23.3, 24.21.0, 26.10.0: all alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --no-audit --no-fund axios@1.21.1 >> npm.log 2>&1
cat > probe.mjs <<'JS'
import { once } from 'node:events'
import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import axios from 'axios'

const server = http.createServer((_req, res) => res.end('ok')).listen(0, '127.0.0.1')
await once(server, 'listening')
const api = axios.create({ baseURL: `http://127.0.0.1:${server.address().port}` })
function timer(name) {
  let began
  api.interceptors.request.use(config => { began = performance.now(); return config })
  api.interceptors.response.use(res => {
    const took = performance.now() - began
    console.log(`timer added ${name}: ${took >= 395 ? 'request and response interceptor' : took >= 195 ? 'one interceptor' : 'no interceptor'} in it`)
    return res
  })
}
timer('first')
api.interceptors.request.use(async config => { await sleep(200); return config })
api.interceptors.response.use(async res => { await sleep(200); return res })
timer('last')
const began = performance.now()
await api.get('/')
console.log(`caller waited ${performance.now() - began >= 395 ? 'for both' : 'less'}`)
process.exit()
JS
cat > expected <<'TXT'
timer added first: no interceptor in it
timer added last: request and response interceptor in it
caller waited for both
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
