#!/usr/bin/env bash
# got: response.timings is about the last try alone.
#
# Guess:   timings.phases.total is how long the call took, so with two retries it holds all
#          three tries and the pauses between them.
# Instead: it starts at the last try: about 0.1 s for a call that took over 3 s. Only retryCount
#          tells.
# Matters: upstream time taken from timings drops when the upstream gets worse; most of the time
#          the caller waited is in no phase.
# Versions: got 14.6.6; Node 20.20.2, 22.23.3, 24.21.0, 26.10.0: all alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --no-audit --no-fund got@14.6.6 >> npm.log 2>&1
cat > probe.mjs <<'JS'
import { once } from 'node:events'
import http from 'node:http'
import got from 'got'

let tries = 0
const server = http.createServer((_req, res) => {
  if (++tries < 3) res.writeHead(503)
  setTimeout(() => res.end(), 100)
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const began = performance.now()
const { timings, retryCount } = await got(`http://127.0.0.1:${server.address().port}/`)
const waited = performance.now() - began
console.error(`waited ${waited} ms, total ${timings.phases.total} ms`)
console.log(`retries ${retryCount}; caller waited ${waited > 2000 ? 'more than 2 s' : `${waited} ms`}; timings.phases.total ${timings.phases.total < 1000 ? 'under 1 s' : timings.phases.total}`)
process.exit()
JS
cat > expected <<'TXT'
retries 2; caller waited more than 2 s; timings.phases.total under 1 s
TXT
timeout 60 "$node" probe.mjs | tee seen
diff expected seen
