#!/usr/bin/env bash
# Prometheus and VictoriaMetrics answer increase() and rate() over the same scrapes differently.
#
# Guess:   both say that a counter which appeared as 5 and went to 8 within the minute rose by 3
#          or by 8, apart from rounding; and rate(x[1m]) * 60 is increase(x[1m]) on each.
# Instead: Prometheus leaves out the first value of a new series and extrapolates: about 3.2,
#          never a whole number, and rate * 60 agrees with it. VictoriaMetrics counts the first
#          value: 8 exactly; but its rate divides by the time that the samples cover, so rate *
#          60 is 14 to 23 here, far more than its own increase.
# Matters: the first error of a new route or status is invisible to a Prometheus alert on rate()
#          and visible in VictoriaMetrics; panels copied from one to the other change numbers;
#          "requests per minute" as rate * 60 and as increase differ on one server.
# Versions: prometheus 2.42.0 and victoria-metrics 1.79.5 (Debian 12 packages, unpacked, not
#          installed). Node only feeds and asks them. Takes 20 s.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

apt-get download prometheus victoria-metrics > apt.log 2>&1
for package in *.deb; do dpkg -x "$package" root; done
cat > probe.mjs <<'JS'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

let value
const target = http.createServer((_req, res) => {
  res.setHeader('content-type', 'text/plain; version=0.0.4')
  res.end(`# TYPE other counter\nother 1\n${value === undefined ? '' : `# TYPE errors counter\nerrors ${value}\n`}`)
}).listen(0, '127.0.0.1')
await once(target, 'listening')
async function free() {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  await new Promise(resolve => server.close(resolve))
  return port
}
writeFileSync('scrape.yml', JSON.stringify({ global: { scrape_interval: '1s' }, scrape_configs: [{ job_name: 'app', static_configs: [{ targets: [`127.0.0.1:${target.address().port}`] }] }] }))
const ports = { prometheus: await free(), victoriametrics: await free() }
const servers = [
  spawn('root/usr/bin/prometheus', ['--config.file=scrape.yml', '--storage.tsdb.path=prometheus', `--web.listen-address=127.0.0.1:${ports.prometheus}`], { stdio: 'ignore' }),
  spawn('root/usr/bin/victoria-metrics', ['-promscrape.config=scrape.yml', '-storageDataPath=victoria', `-httpListenAddr=127.0.0.1:${ports.victoriametrics}`, '-search.latencyOffset=0s'], { stdio: 'ignore' }),
]
process.on('exit', () => { for (const server of servers) server.kill() }).on('SIGTERM', () => process.exit(1))

async function ask(server, query) {
  try {
    const res = await fetch(`http://127.0.0.1:${ports[server]}/api/v1/query?query=${encodeURIComponent(query)}`)
    return Number((await res.json()).data.result[0]?.value[1])
  } catch { return Number.NaN }
}
async function until(query, wanted) {
  for (const server of Object.keys(ports)) {
    while (await ask(server, query) !== wanted) await sleep(100)
  }
}
await until('other', 1)
value = 5
await until('errors', 5)
await sleep(4000)
value = 8
await until('errors', 8)
await sleep(4000)
for (const server of Object.keys(ports)) {
  const [increase, rate] = [await ask(server, 'increase(errors[1m])'), await ask(server, 'rate(errors[1m])') * 60]
  console.error(`${server}: increase ${increase}, rate * 60 ${rate}`)
  console.log(`${server}: increase is ${increase > 3 && increase < 4 && increase % 1 !== 0 ? 'a little over 3' : increase}, rate * 60 is ${rate > increase * 1.3 ? 'much more' : Math.abs(rate - increase) < 0.5 ? 'the same' : rate}`)
}
process.exit()
JS
cat > expected <<'TXT'
prometheus: increase is a little over 3, rate * 60 is the same
victoriametrics: increase is 8, rate * 60 is much more
TXT
timeout 60 "$node" probe.mjs | tee seen
diff expected seen
