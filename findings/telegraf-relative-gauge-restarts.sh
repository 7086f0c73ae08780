#!/usr/bin/env bash
# Telegraf's statsd input: a relative gauge starts again from 0 after every interval.
#
# Guess:   `g:100|g`, and `g:+5|g` some seconds later, read 105, as with Etsy's statsd, netdata
#          and statsd_exporter.
# Instead: 5. delete_gauges is true by default and forgets the value at each interval, so a
#          relative line only adds up within one interval. The OpenTelemetry receiver
#          (statsdreceiver) forgets in the same way.
# Matters: "requests in flight" kept with +1 and -1 goes below zero and means nothing; it works
#          in a test that looks within the first interval. Send absolute gauges.
# Versions: github.com/influxdata/telegraf 1.37.2 (plugin used as a Go package, defaults of its
#          init). No Node. The first build takes a minute or two.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > main.go <<'GO'
package main

import (
	"fmt"
	"net"
	"time"

	"github.com/influxdata/telegraf/plugins/inputs"
	"github.com/influxdata/telegraf/plugins/inputs/statsd"
	"github.com/influxdata/telegraf/testutil"
)

func main() {
	free, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	address := free.LocalAddr().String()
	free.Close()
	plugin := inputs.Inputs["statsd"]().(*statsd.Statsd)
	plugin.ServiceAddress = address
	plugin.Log = testutil.Logger{Quiet: true}
	metrics := &testutil.Accumulator{}
	if err := plugin.Start(metrics); err != nil {
		panic(err)
	}
	client, err := net.Dial("udp", address)
	if err != nil {
		panic(err)
	}
	for _, lines := range [][]string{{"g:100|g", "g:+1|g"}, {"g:+5|g"}, {"g:-2|g"}} {
		for _, line := range lines {
			fmt.Fprint(client, line)
			time.Sleep(100 * time.Millisecond)
		}
		time.Sleep(300 * time.Millisecond)
		metrics.ClearMetrics()
		if err := plugin.Gather(metrics); err != nil {
			panic(err)
		}
		for _, metric := range metrics.Metrics {
			fmt.Printf("interval with %v: %v\n", lines, metric.Fields["value"])
		}
	}
	plugin.Stop()
}
GO
export GOFLAGS=-mod=mod
go mod init probe 2> go.log
go get github.com/influxdata/telegraf@v1.37.2 >> go.log 2>&1
go mod tidy >> go.log 2>&1
go build -o probe . >> go.log 2>&1
cat > expected <<'TXT'
interval with [g:100|g g:+1|g]: 101
interval with [g:+5|g]: 5
interval with [g:-2|g]: -2
TXT
timeout 30 ./probe | tee seen
diff expected seen
