#!/usr/bin/env bash
# stripe: an answer 503 with a JSON body counts as success.
#
# Guess:   a call that is answered 503 is retried and then rejects.
# Instead: only a body with an `error` member rejects. 503 from a proxy or gateway with
#          {"message": "..."} is retried (twice) and then resolves, with that body as the
#          customer list. lastResponse.statusCode, and the client's 'response' event, say 503.
# Matters: upstream errors counted by rejected promises stay at 0 during an outage; count by the
#          status in the 'response' event.
# Versions: stripe 23.1.0; Node 20.20.2, 22.23.3, 24.21.0, 26.10.0: all alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --no-audit --no-fund stripe@23.1.0 >> npm.log 2>&1
cat > probe.mjs <<'JS'
import { once } from 'node:events'
import http from 'node:http'
import Stripe from 'stripe'

let body
let requests = 0
const server = http.createServer((_req, res) => {
  requests++
  res.writeHead(503, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const stripe = new Stripe('sk_test_x', { host: '127.0.0.1', port: server.address().port, protocol: 'http' })
for (body of [{ message: 'upstream unavailable' }, { error: { message: 'unavailable' } }]) {
  requests = 0
  const outcome = await stripe.customers.list().then(
    list => `resolved ${JSON.stringify(list)}, lastResponse ${list.lastResponse.statusCode}`,
    error => `rejected, statusCode ${error.statusCode}`,
  )
  console.log(`503 ${JSON.stringify(body)}: ${outcome}, after ${requests} requests`)
}
process.exit()
JS
cat > expected <<'TXT'
503 {"message":"upstream unavailable"}: resolved {"message":"upstream unavailable"}, lastResponse 503, after 3 requests
503 {"error":{"message":"unavailable"}}: rejected, statusCode 503, after 3 requests
TXT
timeout 60 "$node" probe.mjs | tee seen
diff expected seen
