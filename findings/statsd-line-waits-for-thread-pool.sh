#!/usr/bin/env bash
# Node: a UDP datagram to a host name waits for the thread pool, one to an address does not.
#
# Guess:   socket.send() of dgram is fire and forget: the line leaves at once, and in order.
# Instead: each send() looks the name up again (getaddrinfo, in the thread pool of four), even `localhost`.
#          While four password hashes, file reads or compressions run, no line leaves, and later lines to
#          an address overtake. hot-shots does the same with a host name unless cacheDns is set.
# Matters: the metrics of a busy spell come after it and in another flush of the server, and each line
#          costs a look-up. Where the pool is the bottleneck, its own metrics say so too late. Give an
#          address, or connect() the socket once.
# Versions: hot-shots 17.1.1; Node 20.20.2, 24.21.0, 26.10.0: all alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund hot-shots@17.1.1 >> npm.log 2>&1
cat > probe.mjs <<'JS'
import { pbkdf2 } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { StatsD } from 'hot-shots'

const seen = []
const server = createSocket('udp4', message => seen.push(String(message).trim()))
server.bind(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address()
const plain = createSocket('udp4')
const connected = createSocket('udp4')
connected.connect(port, 'localhost')
await once(connected, 'connect')
const cached = new StatsD({ host: 'localhost', port, cacheDns: true })
cached.increment('warm')
while (seen.length < 1) await sleep(20)
seen.length = 0

let hashes = 0
const busy = Promise.all(Array.from({ length: 4 }, () => new Promise(resolve => pbkdf2('a', 'b', 1_500_000, 64, 'sha512', () => {
  if (hashes++ === 0) seen.push('--- the first of four hashes is ready')
  resolve()
}))))
plain.send('1 name', port, 'localhost')
new StatsD({ host: 'localhost', port }).increment('2 hot-shots, name')
plain.send('3 address', port, '127.0.0.1')
connected.send('4 connected to the name')
cached.increment('5 hot-shots, name and cacheDns')
await busy
while (seen.length < 6) await sleep(20)
const ready = seen.findIndex(line => line.startsWith('---'))
const sorted = [...seen.slice(0, ready).sort(), seen[ready], ...seen.slice(ready + 1).sort()]
console.log(sorted.map(line => line.replace(':1|c', '')).join('\n'))
process.exit()
JS
cat > expected <<'TXT'
3 address
4 connected to the name
5 hot-shots, name and cacheDns
--- the first of four hashes is ready
1 name
2 hot-shots, name
TXT
UV_THREADPOOL_SIZE=4 timeout 60 "$node" probe.mjs | tee seen
diff expected seen
