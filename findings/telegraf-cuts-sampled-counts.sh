#!/usr/bin/env bash
# Telegraf's statsd input: a sample rate that is no 1/n loses a part of the counts.
#
# Guess:   ten lines `c:1|c|@0.6` are 16.7 calls, and ten `t:10|ms|@0.6` the same number of times.
# Instead: each line is divided by itself and cut to a whole number, 1 / 0.6 to 1: ten calls, as though the
#          rate were 1. A rate of 0.9 or 0.6 is without effect and 0.3 counts as 1/3; times are repeated
#          1, 1 and 3 times. float_counters changes the type and not the number. A count of 3 at 0.6 is 5
#          and right, so what is lost depends on the increments.
# Matters: "sample 60 %" to spare the network shows 40 % fewer requests than there are, and no error is
#          logged. Take a rate of 0.5, 0.25, 0.2 or 0.1.
# Versions: github.com/influxdata/telegraf 1.37.2 (plugin used as a Go package, defaults of its init). No
#          Node. The first build takes a minute or two.
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

func show(float bool, lines []string) {
	free, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	address := free.LocalAddr().String()
	free.Close()
	plugin := inputs.Inputs["statsd"]().(*statsd.Statsd)
	plugin.ServiceAddress = address
	plugin.FloatCounters = float
	plugin.Log = testutil.Logger{Quiet: true}
	metrics := &testutil.Accumulator{}
	if err := plugin.Start(metrics); err != nil {
		panic(err)
	}
	client, err := net.Dial("udp", address)
	if err != nil {
		panic(err)
	}
	for _, line := range lines {
		for i := 0; i < 10; i++ {
			fmt.Fprint(client, line)
			time.Sleep(20 * time.Millisecond)
		}
		time.Sleep(500 * time.Millisecond)
		metrics.ClearMetrics()
		if err := plugin.Gather(metrics); err != nil {
			panic(err)
		}
		for _, metric := range metrics.Metrics {
			value := metric.Fields["value"]
			if value == nil {
				value = metric.Fields["count"]
			}
			fmt.Printf("ten times %s: %v (%T)\n", line, value, value)
		}
	}
	plugin.Stop()
}

func main() {
	show(false, []string{"c:1|c|@0.9", "c:1|c|@0.6", "c:1|c|@0.3", "c:3|c|@0.6", "c:1|c|@0.5", "t:10|ms|@0.6", "t:10|ms|@0.3"})
	show(true, []string{"c:1|c|@0.6"})
}
GO
export GOFLAGS=-mod=mod
go mod init probe 2> go.log
go get github.com/influxdata/telegraf@v1.37.2 >> go.log 2>&1
go mod tidy >> go.log 2>&1
go build -o probe . >> go.log 2>&1
cat > expected <<'TXT'
ten times c:1|c|@0.9: 10 (int64)
ten times c:1|c|@0.6: 10 (int64)
ten times c:1|c|@0.3: 30 (int64)
ten times c:3|c|@0.6: 50 (int64)
ten times c:1|c|@0.5: 20 (int64)
ten times t:10|ms|@0.6: 10 (int64)
ten times t:10|ms|@0.3: 30 (int64)
ten times c:1|c|@0.6: 10 (float64)
TXT
timeout 60 ./probe | tee seen
diff expected seen
