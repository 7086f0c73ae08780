#!/usr/bin/env bash
# hot-shots and datadogpy: what is buffered when a script comes to its end is lost.
#
# Guess:   a script that counts and then ends by itself, without process.exit() or a signal, has its lines
#          sent: the flush timer holds the event loop, or a handler at exit flushes.
# Instead: hot-shots' timers of `maxBufferSize` and `aggregation` do not hold the process, and datadogpy with
#          disable_buffering=False or disable_aggregation=False has no handler at exit: all of it is lost.
#          Unbuffered, as both are by default, the same scripts deliver. close() or flush() at the end is
#          needed.
# Matters: the setting that was taken over from the servers makes cron jobs, migrations and command lines
#          send nothing, without an error: "the job did not run".
# Versions: hot-shots 17.1.1, datadog 0.56.0 (PyPI), Python 3.11; Node 20.20.2, 24.21.0, 26.10.0: all alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund hot-shots@17.1.1 >> npm.log 2>&1
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check datadog==0.56.0
cat > job.mjs <<'JS'
import { StatsD } from 'hot-shots'

const [port, options, last] = process.argv.slice(2)
const client = new StatsD({ host: '127.0.0.1', port: Number(port), ...JSON.parse(options) })
for (let i = 0; i < 5; i++) client.increment(`job.${i}`)
if (last === 'close') client.close()
JS
cat > job.py <<'PY'
import json
import sys

from datadog.dogstatsd import DogStatsd

port, options, last = sys.argv[1:]
client = DogStatsd(host="127.0.0.1", port=int(port), disable_telemetry=True, **json.loads(options))
for i in range(5):
    client.increment(f"job.{i}")
if last == "close":
    client.flush_aggregated_metrics()
    client.flush()
PY
cat > probe.mjs <<'JS'
import { execFile } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

let lines = 0
const server = createSocket('udp4', message => {
  lines += String(message).split('\n').filter(line => line.startsWith('job.')).length
})
server.bind(0, '127.0.0.1')
await once(server, 'listening')
const port = String(server.address().port)
async function job(name, command, options, last = '') {
  lines = 0
  await promisify(execFile)(command[0], [command[1], port, JSON.stringify(options), last])
  await sleep(500)
  console.log(`${name}: ${lines} of 5`)
}
// Far longer than a job, as it is on a quiet machine with the defaults of 0.3 to 2 s.
const slow = 60_000
const hotShots = [process.execPath, 'job.mjs']
const datadogpy = ['venv/bin/python', 'job.py']
await job('hot-shots', hotShots, {})
await job('hot-shots, maxBufferSize', hotShots, { maxBufferSize: 1432, bufferFlushInterval: slow })
await job('hot-shots, maxBufferSize and close()', hotShots, { maxBufferSize: 1432, bufferFlushInterval: slow }, 'close')
await job('hot-shots, aggregation', hotShots, { aggregation: { flushInterval: slow } })
await job('datadogpy', datadogpy, {})
await job('datadogpy, buffering', datadogpy, { disable_buffering: false, flush_interval: slow })
await job('datadogpy, buffering and flush()', datadogpy, { disable_buffering: false, flush_interval: slow }, 'close')
await job('datadogpy, aggregation', datadogpy, { disable_aggregation: false, flush_interval: slow })
process.exit()
JS
cat > expected <<'TXT'
hot-shots: 5 of 5
hot-shots, maxBufferSize: 0 of 5
hot-shots, maxBufferSize and close(): 5 of 5
hot-shots, aggregation: 0 of 5
datadogpy: 5 of 5
datadogpy, buffering: 0 of 5
datadogpy, buffering and flush(): 5 of 5
datadogpy, aggregation: 0 of 5
TXT
timeout 60 "$node" probe.mjs | tee seen
diff expected seen
