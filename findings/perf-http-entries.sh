#!/usr/bin/env bash
# perf_hooks 'http' entries: the client's end at the headers, the server's aborted ones say 200.
#
# Guess:   a PerformanceObserver entry HttpClient lasts until the response was read, and
#          HttpRequest of a request whose client went away is missing or marked.
# Instead: HttpClient lasts until the response headers, so a body that takes 200 ms is not in
#          it. HttpRequest of an aborted request is an ordinary entry with res.statusCode 200
#          and the duration until the handler called end() into the void; only res.statusMessage
#          is missing (headers never left).
# Matters: upstream times read from these entries leave out the download, and every aborted
#          request is a slow success.
# Versions: Node 20.20.2, 22.23.3, 24.21.0, 26.10.0: all alike. No packages.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > probe.mjs <<'JS'
import http from 'node:http'
import { PerformanceObserver } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'

const about = ms => (ms < 100 ? 'under 100 ms' : ms > 190 && ms < 1000 ? '200 ms or more' : `${ms} ms`)
const seen = []
new PerformanceObserver(list => {
  for (const { name, duration, detail } of list.getEntries()) {
    const path = detail.req.url.replace(/^http:\/\/[^/]*/, '')
    seen.push(`${name} ${path}: ${about(duration)}, statusCode ${detail.res.statusCode}, statusMessage ${detail.res.statusMessage}`)
  }
}).observe({ entryTypes: ['http'] })

const server = http.createServer((req, res) => {
  if (req.url === '/body') res.write('x')
  setTimeout(() => res.end('y'), 250)
})
server.listen(0, '127.0.0.1', async () => {
  const get = path => http.get({ host: '127.0.0.1', port: server.address().port, path }).on('error', () => {})
  const began = performance.now()
  await new Promise(resolve => get('/body').on('response', res => res.resume().on('end', resolve)))
  console.log(`caller of /body: ${about(performance.now() - began)}`)
  const aborted = get('/aborted')
  await sleep(50)
  aborted.destroy()
  while (seen.length < 3) await sleep(20)
  console.log(seen.sort().join('\n'))
  process.exit()
})
JS
cat > expected <<'TXT'
caller of /body: 200 ms or more
HttpClient /body: under 100 ms, statusCode 200, statusMessage OK
HttpRequest /aborted: 200 ms or more, statusCode 200, statusMessage undefined
HttpRequest /body: 200 ms or more, statusCode 200, statusMessage OK
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
