#!/usr/bin/env bash
# Cron libraries: after a blocked loop one of four makes up the runs it missed, all at once.
#
# Guess:   a job of every second, in a process whose event loop was blocked for some seconds, runs once,
#          late, whichever library keeps the schedule.
# Instead: node-schedule runs it once for each second that passed, in one burst. croner and cron run it
#          once and say nothing of the rest; node-cron runs it once and emits 'execution:missed' for each.
# Matters: runs per hour are right with node-schedule however late they were, and its bursts overlap
#          themselves; with the others they fall, and the count of runs can not tell a slow process from
#          a job that was switched off.
# Versions: node-schedule 2.1.1, croner 11.0.1, cron 4.4.0, node-cron 4.6.0; Node 20.20.2, 24.21.0: alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund node-schedule@2.1.1 croner@11.0.1 cron@4.4.0 node-cron@4.6.0 >> npm.log 2>&1
cat > probe.mjs <<'JS'
import { setTimeout as sleep } from 'node:timers/promises'
import { CronJob } from 'cron'
import { Cron } from 'croner'
import nodeCron from 'node-cron'
import schedule from 'node-schedule'

const [runs, each] = [{ 'node-schedule': 0, croner: 0, cron: 0, 'node-cron': 0 }, '* * * * * *']
let missed = 0
schedule.scheduleJob(each, () => runs['node-schedule']++)
new Cron(each, () => runs.croner++)
new CronJob(each, () => runs.cron++, null, true)
nodeCron.schedule(each, () => runs['node-cron']++).on('execution:missed', () => missed++)
// All run, and the next second is some way off.
while (Object.values(runs).some(count => count === 0)) await sleep(20)
while (Date.now() % 1000 > 300) await sleep(10)
const before = { ...runs }
// Five seconds begin in it.
const end = (Math.floor(Date.now() / 1000) + 5) * 1000 + 300
while (Date.now() < end);
while (Date.now() % 1000 < 600) await sleep(10)
for (const name of Object.keys(runs)) console.log(`${name}: ${runs[name] - before[name]} runs`)
console.log(`node-cron tells of more than one missed: ${missed > 1}`)
process.exit()
JS
cat > expected <<'TXT'
node-schedule: 5 runs
croner: 1 runs
cron: 1 runs
node-cron: 1 runs
node-cron tells of more than one missed: true
TXT
timeout 40 "$node" probe.mjs | tee seen
diff expected seen
