#!/usr/bin/env bash
# node:http: the channel http.client.request.start tells that the request has been sent.
#
# Guess:   http.client.request.start is published when the call starts and
#          http.client.response.finish when the response has been read.
# Instead: `start` comes after the body has been uploaded and flushed; if the server answers
#          early, `response.finish` comes before `start`. `response.finish` comes with the
#          response's headers: the body takes as long as it likes afterwards. Only
#          http.client.request.created (Node 22 and later) is a beginning; nothing is an end.
# Matters: an upstream call of 0.4 s (upload 0.2 s, download 0.2 s) is measured as 0 ms, or as a
#          negative time.
# Versions: Node 20.20.2 (without `created`), 22.23.3, 24.21.0, 26.10.0. No packages.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > probe.mjs <<'JS'
import { subscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

const seen = []
const created = Number(process.versions.node.split('.')[0]) >= 22
for (const name of ['http.client.request.created', 'http.client.request.start', 'http.client.response.finish']) {
  subscribe(name, () => seen.push(name.slice('http.client.'.length)))
}
const server = http.createServer((req, res) => {
  if (req.url === '/early') res.end('early')
  else req.resume().on('end', () => { res.write('first'); setTimeout(() => res.end('last'), 200) })
}).listen(0, '127.0.0.1')
await once(server, 'listening')
for (const path of ['/', '/early']) {
  seen.length = 0
  const req = http.request({ host: '127.0.0.1', port: server.address().port, path, method: 'POST', agent: false })
  req.write('first part')
  seen.push('first part written')
  const response = once(req, 'response').then(async ([res]) => {
    for await (const chunk of res) if (String(chunk).endsWith('last')) seen.push('last of the body read')
  })
  await sleep(200)
  seen.push('end() called')
  req.end('last part')
  await response
  await sleep(100)
  console.log(`${path}: ${seen.filter(name => created || name !== 'request.created').join(', ')}`)
}
process.exit()
JS
if (( $("$node" -p 'process.versions.node.split(".")[0]') < 22 )); then first=; else first='request.created, '; fi
cat > expected <<TXT
/: ${first}first part written, end() called, request.start, response.finish, last of the body read
/early: ${first}first part written, response.finish, end() called, request.start
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
