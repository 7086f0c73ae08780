#!/usr/bin/env bash
# statsd_exporter and OpenTelemetry's StatsD receiver: parts of DogStatsD that they do not know cost the line.
#
# Guess:   servers that take DogStatsD's tags skip the fields that they have no use for, and a tag
#          without a value is a tag.
# Instead: a line with `|card:low` or `|e:...` is dropped whole by both, while `|c:...` becomes a label
#          (container_id, container.id) and `|T...` is skipped. `#canary` drops the line in the receiver;
#          statsd_exporter keeps the line and loses the tag.
# Matters: Datadog's clients add these fields by themselves where DD_CARDINALITY or DD_EXTERNAL_ENV is
#          set, as in pods with Datadog's admission controller: everything that they send to such a
#          server is gone, without an error in the application.
# Versions: statsd_exporter 0.31.0, opentelemetry-collector-contrib/receiver/statsdreceiver 0.165.0 with
#          its default configuration but for address and interval (both as Go modules). No Node. The
#          first build takes a minute or two.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

export GOFLAGS=-mod=mod
GOBIN=$work go install github.com/prometheus/statsd_exporter@v0.31.0
cat > probe.py <<'PY'
import socket, subprocess, time, urllib.request

LINES = b"plain:3|c|#a:b\ncard:3|c|#a:b|card:low\nexternal:3|c|#a:b|e:it-false,cn-web\ncontainer:3|c|#a:b|c:ci-1f2e\ntime:3|c|#a:b|T1700000000\nbare:3|c|#canary\nlast:1|c"

def free(kind):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]

web, udp, tcp = free(socket.SOCK_STREAM), free(socket.SOCK_DGRAM), free(socket.SOCK_STREAM)
server = subprocess.Popen(["./statsd_exporter", f"--web.listen-address=127.0.0.1:{web}", f"--statsd.listen-udp=127.0.0.1:{udp}", f"--statsd.listen-tcp=127.0.0.1:{tcp}"], stderr=subprocess.DEVNULL)
client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
try:
    text, sent = "", False
    for _ in range(200):
        time.sleep(0.1)
        try:
            text = urllib.request.urlopen(f"http://127.0.0.1:{web}/metrics", timeout=2).read().decode()
        except OSError:
            continue
        if not sent:
            client.sendto(LINES, ("127.0.0.1", udp))
            sent = True
        elif "\nlast " in text:
            break
    names = ("plain", "card", "external", "container", "time", "bare")
    print("statsd_exporter")
    print("\n".join(sorted(line for line in text.splitlines() if line.startswith(names))))
finally:
    server.terminate()
PY
cat > main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"net"
	"sort"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/receiver/statsdreceiver"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/receiver/receivertest"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	free, err := net.ListenPacket("udp", "127.0.0.1:0")
	must(err)
	address := free.LocalAddr().String()
	free.Close()
	factory := statsdreceiver.NewFactory()
	config := factory.CreateDefaultConfig()
	must(confmap.NewFromStringMap(map[string]any{"endpoint": address, "aggregation_interval": "2s"}).Unmarshal(config))
	sink := new(consumertest.MetricsSink)
	receiver, err := factory.CreateMetrics(context.Background(), receivertest.NewNopSettings(factory.Type()), config, sink)
	must(err)
	must(receiver.Start(context.Background(), componenttest.NewNopHost()))
	client, err := net.Dial("udp", address)
	must(err)
	time.Sleep(200 * time.Millisecond)
	fmt.Fprint(client, "plain:3|c|#a:b\ncard:3|c|#a:b|card:low\nexternal:3|c|#a:b|e:it-false,cn-web\ncontainer:3|c|#a:b|c:ci-1f2e\ntime:3|c|#a:b|T1700000000\nbare:3|c|#canary")
	for waited := 0; len(sink.AllMetrics()) == 0 && waited < 100; waited++ {
		time.Sleep(100 * time.Millisecond)
	}
	var seen []string
	for _, batch := range sink.AllMetrics() {
		scopes := batch.ResourceMetrics().At(0).ScopeMetrics()
		for i := range scopes.Len() {
			for j := range scopes.At(i).Metrics().Len() {
				metric := scopes.At(i).Metrics().At(j)
				point := metric.Sum().DataPoints().At(0)
				seen = append(seen, fmt.Sprintf("%s%v %v", metric.Name(), point.Attributes().AsRaw(), point.IntValue()))
			}
		}
	}
	sort.Strings(seen)
	fmt.Println("statsdreceiver")
	for _, line := range seen {
		fmt.Println(line)
	}
	must(receiver.Shutdown(context.Background()))
}
GO
go mod init probe 2> go.log
go get github.com/open-telemetry/opentelemetry-collector-contrib/receiver/statsdreceiver@v0.165.0 >> go.log 2>&1
go mod tidy >> go.log 2>&1
go build -o probe . >> go.log 2>&1
cat > expected <<'TXT'
statsd_exporter
bare 3
container{a="b",container_id="ci-1f2e"} 3
plain{a="b"} 3
time{a="b"} 3
statsdreceiver
container[a:b container.id:ci-1f2e] 3
plain[a:b] 3
time[a:b] 3
TXT
{ timeout 60 python3 probe.py; timeout 30 ./probe; } | sed 's/map\[/[/' | tee seen
diff expected seen
