#!/usr/bin/env bash
# AsyncLocalStorage.enterWith in a request handler reaches the next request on the connection.
#
# Guess:   every request has its own asynchronous context, so enterWith in one handler can not
#          be seen by the next request.
# Instead: on Node 20 and 22 the next request on the same keep-alive connection starts with the
#          store of the one before. On Node 24 and 26 (AsyncContextFrame) it does not.
# Matters: middleware that "starts" a context with enterWith, and only for some routes, books
#          the other routes' work onto whatever the connection served before; behind a proxy,
#          which keeps connections open, that is another user's request. It works in every test
#          that opens one connection per request.
# Versions: Node 20.20.2 and 22.23.3 leak; 24.21.0 and 26.10.0 do not. No packages.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > probe.mjs <<'JS'
import { AsyncLocalStorage } from 'node:async_hooks'
import http from 'node:http'

const store = new AsyncLocalStorage()
const server = http.createServer((req, res) => {
  const before = store.getStore()
  if (req.url !== '/plain') store.enterWith(req.url)
  res.end(`${req.url} starts with ${before}`)
})
server.listen(0, '127.0.0.1', async () => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  const get = path => new Promise(resolve => {
    http.get({ host: '127.0.0.1', port: server.address().port, path, agent }, async res => resolve((await res.toArray()).join('')))
  })
  for (const path of ['/a', '/b', '/plain', '/plain']) console.log(await get(path))
  agent.destroy()
  server.close()
})
JS
if (( $("$node" -p 'process.versions.node.split(".")[0]') < 24 )); then
  stores=(undefined /a /b /b)
else
  stores=(undefined undefined undefined undefined)
fi
cat > expected <<TXT
/a starts with ${stores[0]}
/b starts with ${stores[1]}
/plain starts with ${stores[2]}
/plain starts with ${stores[3]}
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
