#!/usr/bin/env bash
# java-dogstatsd-client: close() drops what was recorded in the last seconds.
#
# Guess:   close() hands over everything that was recorded, as hot-shots' and datadog-go's Close do;
#          a job that counts, closes and ends is counted.
# Instead: with its defaults counts, gauges and sets are aggregated for some seconds, and close() throws
#          away what waits: of a process that closes 500 ms after its calls, timings, histograms and
#          distributions arrive, counts and gauges do not. No error handler is called.
# Matters: short jobs, functions and the last seconds of each deployment are missing from counters and
#          gauges while their timings are there. Wait longer than the flush interval before close().
# Versions: com.datadoghq:java-dogstatsd-client 4.4.5, Java 17. No Node.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>probe</groupId><artifactId>probe</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>com.datadoghq</groupId><artifactId>java-dogstatsd-client</artifactId><version>4.4.5</version></dependency>
  </dependencies>
</project>
XML
mvn -q -B dependency:copy-dependencies -DoutputDirectory=lib > mvn.log 2>&1
cat > Probe.java <<'JAVA'
import com.timgroup.statsd.NonBlockingStatsDClientBuilder;

public class Probe {
  public static void main(String[] args) throws Exception {
    var client = new NonBlockingStatsDClientBuilder().hostname("127.0.0.1").port(Integer.parseInt(args[0]))
      .enableTelemetry(false).errorHandler(error -> System.out.println("error handler: " + error)).build();
    client.count("orders", 3);
    client.gauge("jobs", 7);
    client.recordExecutionTime("resize", 12);
    client.recordDistributionValue("weight", 9);
    Thread.sleep(Integer.parseInt(args[1]));
    client.close();
  }
}
JAVA
javac -cp 'lib/*' Probe.java
cat > probe.py <<'PY'
import socket, subprocess

for wait in (500, 5000):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    subprocess.run(["java", "-cp", ".:lib/*", "Probe", str(server.getsockname()[1]), str(wait)], check=True, timeout=60)
    # The process has ended: what it sent is here.
    server.settimeout(0.5)
    names = []
    try:
        while True:
            names += [line.split(":")[0] for line in server.recv(9000).decode().split("\n") if line]
    except TimeoutError:
        pass
    print(f"closed after {wait} ms: {' '.join(sorted(names)) or 'nothing'}")
PY
cat > expected <<'TXT'
closed after 500 ms: resize weight
closed after 5000 ms: jobs orders resize weight
TXT
timeout 120 python3 probe.py | tee seen
diff expected seen
