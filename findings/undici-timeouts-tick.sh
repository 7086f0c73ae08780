#!/usr/bin/env bash
# undici: timeouts fire up to half a second and more after their time.
#
# Guess:   headersTimeout: 300 ends a call after about 300 ms.
# Instead: undici's timeouts hang on one shared timer that ticks every 500 ms: 300 fires after
#          0.5 to 1 s, 1000 and 1300 after about 1.5 s. The same timer serves bodyTimeout and
#          the connect timeout.
# Matters: a deadline shorter than a second cannot be set this way (AbortSignal.timeout can); in
#          a histogram of upstream times all timeouts stand at one place that is nobody's
#          setting, and a budget computed from the settings is overrun.
# Versions: undici 8.13.1 (Node 22.23.3, 24.21.0, 26.10.0) and 7.30.2 (Node 20.20.2): alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

if (( $("$node" -p 'process.versions.node.split(".")[0]') < 22 )); then undici=7.30.2; else undici=8.13.1; fi
npm init -y > npm.log
npm install --no-audit --no-fund "undici@$undici" >> npm.log 2>&1
cat > probe.mjs <<'JS'
import { once } from 'node:events'
import http from 'node:http'
import { Agent, request } from 'undici'

const server = http.createServer(() => {}).listen(0, '127.0.0.1')
await once(server, 'listening')
for (const headersTimeout of [300, 1000, 1300]) {
  const late = []
  for (let i = 0; i < 3; i++) {
    const began = performance.now()
    await request(`http://127.0.0.1:${server.address().port}/`, { dispatcher: new Agent({ headersTimeout }) }).catch(error => error)
    late.push(Math.round(performance.now() - began - headersTimeout))
  }
  console.error(`headersTimeout ${headersTimeout}: late by ${late.join(', ')} ms`)
  console.log(`headersTimeout ${headersTimeout}: ${Math.max(...late) > 150 ? 'late by more than 150 ms' : 'on time'}`)
}
process.exit()
JS
cat > expected <<'TXT'
headersTimeout 300: late by more than 150 ms
headersTimeout 1000: late by more than 150 ms
headersTimeout 1300: late by more than 150 ms
TXT
timeout 60 "$node" probe.mjs | tee seen
diff expected seen
