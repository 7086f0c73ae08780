#!/usr/bin/env bash
# fetch: a call whose body is not read leaves no resource timing, and no call shows connecting.
#
# Guess:   performance.getEntriesByType('resource') has an entry for each fetch, with the time
#          of connecting in connectStart..connectEnd, as in a browser.
# Instead: an entry is made when the body has been read to its end. A response whose body nobody
#          reads (a health check that looks at the status alone) leaves none. domainLookup* and
#          connect* all equal startTime, also for the call that opened the socket.
# Matters: upstream calls counted by resource entries leave out those that are only probed or
#          answered by status, and connecting seems free.
# Versions: Node 20.20.2, 22.23.3, 24.21.0, 26.10.0 (built-in fetch): all alike. No packages.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > probe.mjs <<'JS'
import http from 'node:http'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

const server = http.createServer((_req, res) => res.end('body')).listen(0, '127.0.0.1')
await once(server, 'listening')
const url = `http://127.0.0.1:${server.address().port}/`
async function entries(name) {
  await sleep(100)
  const list = performance.getEntriesByType('resource')
  performance.clearResourceTimings()
  console.log(`${name}: ${list.length} resource entries`)
  return list
}
await (await fetch(`${url}read`)).text()
const [first] = await entries('body read')
const { startTime } = first
const same = ['domainLookupStart', 'domainLookupEnd', 'connectStart', 'connectEnd'].every(key => first[key] === startTime)
console.log(`the call that opened the connection: lookup and connect ${same ? 'all at startTime' : 'have times'}`)
const unread = await fetch(`${url}unread`)
await entries(`status ${unread.status}, body not read`)
process.exit()
JS
cat > expected <<'TXT'
body read: 1 resource entries
the call that opened the connection: lookup and connect all at startTime
status 200, body not read: 0 resource entries
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
