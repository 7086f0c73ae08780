#!/usr/bin/env bash
# node-statsd: increment(name, 0) counts 1, and so does decrement(name, 0), downwards.
#
# Guess:   a value of 0 adds nothing: a line with 0, or no line, as by other clients.
# Instead: 0 is taken for "not given": the line says 1 (or -1). Its counter is therefore wrong wherever
#          the value is computed: rows deleted, retries made, bytes left.
# Matters: quiet jobs report one of what did not happen in each run; moving to another client makes the
#          counts fall, though nothing else has changed.
# Versions: node-statsd 0.1.1, hot-shots 17.1.1, statsd-client 0.4.7; Node 20.20.2, 24.21.0: alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund node-statsd@0.1.1 hot-shots@17.1.1 statsd-client@0.4.7 >> npm.log 2>&1
cat > probe.cjs <<'JS'
const dgram = require('node:dgram')
const { once } = require('node:events')
const { StatsD: HotShots } = require('hot-shots')
const { StatsD: NodeStatsd } = require('node-statsd')
const StatsdClient = require('statsd-client')

async function main() {
  const server = dgram.createSocket('udp4')
  server.bind(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  const clients = {
    'node-statsd': new NodeStatsd('127.0.0.1', port),
    'hot-shots': new HotShots({ host: '127.0.0.1', port }),
    'statsd-client': new StatsdClient({ host: '127.0.0.1', port }),
  }
  for (const [name, client] of Object.entries(clients)) {
    let heard = ''
    server.removeAllListeners('message').on('message', text => { heard += `${text}\n` })
    client.increment('up', 0)
    client.decrement('down', 0)
    while (!/down/.test(heard)) await once(server, 'message')
    console.log(`${name}: ${heard.trim().split('\n').join(', ')}`)
  }
  process.exit()
}
main()
JS
cat > expected <<'TXT'
node-statsd: up:1|c, down:-1|c
hot-shots: up:0|c, down:0|c
statsd-client: up:0|c, down:0|c
TXT
timeout 30 "$node" probe.cjs | tee seen
diff expected seen
