#!/usr/bin/env bash
# Node: while a CPU profile is taken, an idle event loop reports that it is busy.
#
# Guess:   performance.eventLoopUtilization() of a loop that only waits reads 0, profiled or not; a
#          profiler costs some CPU, and no more.
# Instead: each sample interrupts the wait (SIGPROF, EINTR). libuv then waits again and counts as idle
#          only what followed the last interruption: of two seconds of waiting 0.1 s is idle, and the
#          utilization reads 0.95, while the thread used 3 % of a core.
# Matters: whatever goes by the utilization (load shedding, autoscaling, dashboards) sees a saturated
#          process for as long as somebody profiles it, by the inspector as by --cpu-prof, and so does
#          whoever works out what a request waited from the counter of idle time.
# Versions: Node 20.20.2, 22.23.3, 24.21.0, 26.10.0 on Linux: all alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > probe.mjs <<'JS'
import { Session } from 'node:inspector'
import { setTimeout as sleep } from 'node:timers/promises'

const session = new Session()
session.connect()
session.post('Profiler.enable')

/** Waits for two seconds, and tells how busy the loop was by its own counter and by CPU. */
async function wait(how) {
  const [loop, cpu, from] = [performance.eventLoopUtilization(), process.cpuUsage(), performance.now()]
  await sleep(2000)
  const { utilization } = performance.eventLoopUtilization(loop)
  const { user, system } = process.cpuUsage(cpu)
  const cores = (user + system) / 1e3 / (performance.now() - from)
  console.log(`${how}: event loop utilization ${utilization.toFixed(3)}, CPU ${cores.toFixed(3)} cores`)
  return { utilization, cores }
}

const before = await wait('not profiled  ')
session.post('Profiler.start')
const during = await wait('while profiled')
session.post('Profiler.stop')
const after = await wait('afterwards    ')

const asDescribed =
  before.utilization < 0.1 && after.utilization < 0.1 && during.utilization > 0.7 && during.cores < 0.4
console.log(asDescribed ? 'as described' : 'changed')
process.exit(asDescribed ? 0 : 1)
JS
echo "Node $("$node" --version)"
"$node" probe.mjs
