#!/usr/bin/env bash
# socket.io: whether a 'request' listener sees its long polls depends on which came first.
#
# Guess:   a listener on the http.Server's 'request' event sees every request, whenever it was
#          added; socket.io adds one more listener.
# Instead: attaching socket.io takes all 'request' listeners off the server and calls them
#          itself for other paths only. A timer added before sees no /socket.io request; one
#          added afterwards sees all of them: each long poll is a request of up to 25 s.
# Matters: the same two lines in the other order turn the server's p99 from milliseconds into
#          half a minute, or make a third of its requests vanish.
# Versions: socket.io 4.8.4 (engine.io 6); Node 20.20.2, 22.23.3, 24.21.0, 26.10.0: all alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --no-audit --no-fund socket.io@4.8.4 >> npm.log 2>&1
cat > probe.mjs <<'JS'
import { once } from 'node:events'
import http from 'node:http'
import { Server } from 'socket.io'

const seen = []
const server = http.createServer((_req, res) => res.end('app'))
server.on('request', () => seen.push('the listener added before'))
new Server(server)
server.on('request', () => seen.push('the listener added after'))
server.listen(0, '127.0.0.1')
await once(server, 'listening')
for (const path of ['/app', '/socket.io/?EIO=4&transport=polling']) {
  seen.length = 0
  const res = await fetch(`http://127.0.0.1:${server.address().port}${path}`)
  await res.text()
  console.log(`${path} (${res.status}) seen by: ${seen.join(', ')}`)
}
process.exit()
JS
cat > expected <<'TXT'
/app (200) seen by: the listener added before, the listener added after
/socket.io/?EIO=4&transport=polling (200) seen by: the listener added after
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
