#!/usr/bin/env bash
# node:http: 'finish' of a pipelined response runs in the context of the response before it.
#
# Guess:   the 'finish' and 'close' listeners of a response run in its own request's
#          AsyncLocalStorage context (or in none); and with pipelining the second handler runs
#          when the first response is done.
# Instead: both handlers run at once; the second response waits for the first, so its measured
#          time holds the other's; and its 'finish' and 'close' listeners run in the first
#          request's context.
# Matters: an access log or timer that reads the store in 'finish' writes the second request's
#          status and time under the first one's route. Keep the request's context in the
#          listener's closure instead of asking for it at the end.
# Versions: Node 20.20.2, 22.23.3, 24.21.0, 26.10.0: all alike. No packages.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > probe.mjs <<'JS'
import { AsyncLocalStorage } from 'node:async_hooks'
import http from 'node:http'
import net from 'node:net'

const store = new AsyncLocalStorage()
const server = http.createServer((req, res) => store.run(req.url, () => {
  const began = performance.now()
  console.log(`${req.url}: handler in ${store.getStore()}`)
  for (const event of ['finish', 'close']) {
    res.on(event, () => {
      const took = performance.now() - began
      console.log(`${req.url}: '${event}' in ${store.getStore()}, ${took >= 150 ? 'about 200 ms' : took}`)
    })
  }
  setTimeout(() => res.end('x'), req.url === '/slow' ? 200 : 0)
}))
server.listen(0, '127.0.0.1', () => {
  const client = net.connect(server.address().port, '127.0.0.1')
  client.write('GET /slow HTTP/1.1\r\nHost: a\r\n\r\nGET /quick HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  client.resume().on('close', () => server.close())
})
JS
cat > expected <<'TXT'
/slow: handler in /slow
/quick: handler in /quick
/slow: 'finish' in /slow, about 200 ms
/slow: 'close' in /slow, about 200 ms
/quick: 'finish' in /slow, about 200 ms
/quick: 'close' in /slow, about 200 ms
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
