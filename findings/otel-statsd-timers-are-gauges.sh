#!/usr/bin/env bash
# OpenTelemetry's StatsD receiver: by default each timer line is one gauge point, unsampled.
#
# Guess:   |ms, |h and |d become histograms or summaries of the interval, and `@0.1` counts
#          tenfold.
# Instead: without timer_histogram_mapping every line is a data point of a gauge, each in its
#          own scope, with its own timestamp: three lines, three points. The sample rate of
#          timers is dropped (of counters it is not). No count, no sum, no percentile is made.
# Matters: a backend that keeps one point per series and second keeps the last of a second's
#          requests; averages are of whatever survived; request counts cannot be had.
# Versions: opentelemetry-collector-contrib/receiver/statsdreceiver 0.165.0 (used as a Go
#          package, its default configuration but for address and interval). No Node. The first
#          build takes a minute or two.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

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
	"go.opentelemetry.io/collector/pdata/pmetric"
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
	fmt.Fprint(client, "t:10|ms\nt:20|ms\nt:30|ms\nsampled:10|ms|@0.1\nh:7|h\nd:8|d\ncalls:1|c|@0.1")
	for waited := 0; len(sink.AllMetrics()) == 0 && waited < 100; waited++ {
		time.Sleep(100 * time.Millisecond)
	}
	var seen []string
	for _, batch := range sink.AllMetrics() {
		scopes := batch.ResourceMetrics().At(0).ScopeMetrics()
		for i := range scopes.Len() {
			for j := range scopes.At(i).Metrics().Len() {
				metric := scopes.At(i).Metrics().At(j)
				switch metric.Type() {
				case pmetric.MetricTypeGauge:
					points := metric.Gauge().DataPoints()
					seen = append(seen, fmt.Sprintf("%s: Gauge of %d point, %v", metric.Name(), points.Len(), points.At(0).DoubleValue()))
				case pmetric.MetricTypeSum:
					seen = append(seen, fmt.Sprintf("%s: Sum, %v", metric.Name(), metric.Sum().DataPoints().At(0).IntValue()))
				default:
					seen = append(seen, fmt.Sprintf("%s: %s", metric.Name(), metric.Type()))
				}
			}
		}
	}
	sort.Strings(seen)
	for _, line := range seen {
		fmt.Println(line)
	}
	must(receiver.Shutdown(context.Background()))
}
GO
export GOFLAGS=-mod=mod
go mod init probe 2> go.log
go get github.com/open-telemetry/opentelemetry-collector-contrib/receiver/statsdreceiver@v0.165.0 >> go.log 2>&1
go mod tidy >> go.log 2>&1
go build -o probe . >> go.log 2>&1
cat > expected <<'TXT'
calls: Sum, 10
d: Gauge of 1 point, 8
h: Gauge of 1 point, 7
sampled: Gauge of 1 point, 10
t: Gauge of 1 point, 10
t: Gauge of 1 point, 20
t: Gauge of 1 point, 30
TXT
timeout 30 ./probe | tee seen
diff expected seen
