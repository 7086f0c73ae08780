#!/usr/bin/env bash
# piscina: pool.utilization of a pool that is always busy reads 0.001.
#
# Guess:   utilization is a share from 0 to 1: with one thread that was busy without a break,
#          about 1.
# Instead: about 0.001. The mean run time is in milliseconds since piscina 5 and is divided by
#          1000 once more, while the pool's age (pool.duration) is in milliseconds.
# Matters: autoscaling or alerts on utilization never fire; a dashboard shows an idle pool while
#          waitTime grows. Take histogram.runTime.mean * completed / (duration * threads).
# Versions: piscina 5.3.2; Node 20.20.2, 22.23.3, 24.21.0, 26.10.0: all alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --no-audit --no-fund piscina@5.3.2 >> npm.log 2>&1
cat > worker.mjs <<'JS'
export default ms => {
  const until = performance.now() + ms
  while (performance.now() < until);
}
JS
cat > probe.mjs <<'JS'
import { Piscina } from 'piscina'

const pool = new Piscina({ filename: new URL('./worker.mjs', import.meta.url).href, minThreads: 1, maxThreads: 1 })
await pool.run(1)
const began = performance.now()
await Promise.all(Array.from({ length: 10 }, () => pool.run(200)))
const busy = 2000 / (performance.now() - began)
const computed = (pool.histogram.runTime.mean * pool.completed) / pool.duration
console.error(`busy ${busy}, utilization ${pool.utilization}, computed ${computed}`)
console.log(`share of the time that the only thread was busy: ${busy > 0.5 ? 'more than half' : busy}`)
console.log(`pool.utilization: ${pool.utilization > 0.0002 && pool.utilization < 0.002 ? 'about a thousandth' : pool.utilization}`)
console.log(`mean run time * completed / duration: ${computed > 0.5 ? 'more than half' : computed}`)
process.exit()
JS
cat > expected <<'TXT'
share of the time that the only thread was busy: more than half
pool.utilization: about a thousandth
mean run time * completed / duration: more than half
TXT
timeout 60 "$node" probe.mjs | tee seen
diff expected seen
