// datadog-go with its aggregation, of histograms and distributions too: their values share lines.
package main

import (
	"log"
	"os"
	"time"

	"github.com/DataDog/datadog-go/v5/statsd"
)

func main() {
	client, err := statsd.New("127.0.0.1:"+os.Args[1], statsd.WithNamespace("shop"), statsd.WithTags([]string{"env:test"}),
		statsd.WithExtendedClientSideAggregation(), statsd.WithoutTelemetry())
	if err != nil {
		log.Fatal(err)
	}
	for range 3 {
		client.Incr("orders", []string{"plan:free"}, 1)
		client.Histogram("size", 7, nil, 1)
		client.Distribution("weight", 9, nil, 1)
	}
	client.Gauge("balance", -3, nil, 1)
	client.Timing("resize", 12500*time.Microsecond, nil, 1)
	client.Set("members", "a", nil, 1)
	client.Set("members", "b", nil, 1)
	client.GaugeWithTimestamp("then", 4, nil, 1, time.Now())
	client.SimpleEvent("deployed", "version 2")
	client.SimpleServiceCheck("db", statsd.Warn)
	client.Close()
}
