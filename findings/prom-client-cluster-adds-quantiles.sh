#!/usr/bin/env bash
# prom-client in a cluster: the quantiles of a Summary are the sum of the workers' quantiles.
#
# Guess:   the AggregatorRegistry adds up what can be added (counters, sums, counts, buckets) and leaves
#          out quantiles or takes a mean or maximum of them, as it does with the event loop's.
# Instead: they are added: four workers whose p99 is 10 ms report 40 ms. `nodejs_eventloop_lag_p99` has
#          a setting of its own (mean); a Summary of yours is `sum` unless `aggregator` says otherwise.
# Matters: latency on the dashboard grows with the number of workers, and an alert on it fires after
#          scaling up. A mean or maximum is wrong too, but near: only histograms can be joined.
# Versions: prom-client 15.1.3; Node 20.20.2, 24.21.0: alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund prom-client@15.1.3 >> npm.log 2>&1
cat > probe.mjs <<'JS'
import cluster from 'node:cluster'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import prom from 'prom-client'

const gather = new prom.AggregatorRegistry()
if (cluster.isWorker) {
  const summary = new prom.Summary({ name: 'latency_ms', help: 'x', percentiles: [0.99] })
  for (let i = 0; i < 100; i++) summary.observe(10)
  process.send('ready')
} else {
  const workers = [1, 2, 3, 4].map(() => cluster.fork())
  await Promise.all(workers.map(worker => once(worker, 'message')))
  await sleep(100)
  console.log((await gather.clusterMetrics()).split('\n').filter(line => line.startsWith('latency')).join('\n'))
  process.exit()
}
JS
cat > expected <<'TXT'
latency_ms{quantile="0.99"} 40
latency_ms_sum 4000
latency_ms_count 400
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
