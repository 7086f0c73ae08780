#!/usr/bin/env bash
# prom-client with cluster: a worker that ends takes its counts along, and Prometheus adds those of the
# others again.
#
# Guess:   a counter in the primary's clusterMetrics() only grows: what a worker counted stays in the sum
#          when it ends, as counters of one process do.
# Instead: the sum is over the workers that live. With four workers of 1000 calls each it falls from 4000 to
#          3000. For increase() and rate() a fall is a restart at 0, so 3000 calls happen that never were.
# Matters: each worker that is recycled, by a memory limit, a deploy or a crash, is a spike of all calls,
#          errors and seconds since the start. Alerts on rates fire, and totals of a day are far too high.
#          Scrape the workers one by one, with a label, or replace none.
# Versions: prom-client 15.1.3, Prometheus 2.42.0 (Debian 12, promtool reckons increase()); Node 20.20.2,
#          24.21.0, 26.10.0: all alike. Needs the program `promtool`.
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
import { writeFileSync } from 'node:fs'
import prom from 'prom-client'

const registry = new prom.AggregatorRegistry()
if (cluster.isPrimary) {
  const values = []
  async function scrape(name) {
    values.push(Number(/^calls_total (\d+)$/m.exec(await registry.clusterMetrics())[1]))
    console.log(`${name}: calls_total ${values.at(-1)}`)
  }
  async function start() {
    const worker = cluster.fork()
    await once(worker, 'message')
    return worker
  }
  const workers = [await start(), await start(), await start(), await start()]
  await scrape('four workers')
  const [first] = workers
  first.disconnect()
  await once(first, 'exit')
  await scrape('one has ended')
  await start()
  await scrape('another has begun')
  // One sample every 15 s: what Prometheus makes of it, without waiting for it.
  writeFileSync('rules.test.yml', JSON.stringify({
    evaluation_interval: '15s',
    tests: [{
      interval: '15s',
      input_series: [{ series: 'calls_total', values: [4000, 4000, 4000, values[0], values[1], values[1], values[1]].join(' ') }],
      promql_expr_test: [{ expr: 'increase(calls_total[90s]) > bool 2500', eval_time: '90s', exp_samples: [{ labels: '{}', value: 1 }] }],
    }],
  }))
  process.exit()
}
new prom.Counter({ name: 'calls_total', help: 'x' }).inc(cluster.worker.id === 5 ? 0 : 1000)
process.send('ready')
JS
cat > expected <<'TXT'
four workers: calls_total 4000
one has ended: calls_total 3000
another has begun: calls_total 3000
increase() without a single call: more than 2500
TXT
timeout 30 "$node" probe.mjs | tee seen
if promtool test rules rules.test.yml > promtool.log 2>&1; then echo "increase() without a single call: more than 2500"; else cat promtool.log; fi | tee -a seen
diff expected seen
