// go-statsd-client: plain StatsD, with tags in the name as InfluxDB has them.
package main

import (
	"log"
	"os"
	"time"

	"github.com/cactus/go-statsd-client/v5/statsd"
)

func main() {
	client, err := statsd.NewClientWithConfig(&statsd.ClientConfig{
		Address: "127.0.0.1:" + os.Args[1], Prefix: "shop", UseBuffered: true, TagFormat: statsd.InfixComma,
	})
	if err != nil {
		log.Fatal(err)
	}
	client.Inc("orders", 3, 1, statsd.Tag{"plan", "free"})
	client.Gauge("balance", 7, 1)
	client.GaugeDelta("balance", -3, 1)
	client.TimingDuration("resize", 12500*time.Microsecond, 1)
	client.Set("members", "a", 1)
	client.Set("members", "b", 1)
	client.Close()
}
