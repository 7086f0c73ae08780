// A Kafka broker in memory, on a port of its own; what it needs of the protocol is kfake's.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const produce = 0

func main() {
	port, err := strconv.Atoi(os.Args[1])
	if err != nil {
		panic(err)
	}
	cluster, err := kfake.NewCluster(
		kfake.NumBrokers(1),
		kfake.Ports(port),
		kfake.SeedTopics(1, os.Args[2:]...),
	)
	if err != nil {
		panic(err)
	}
	defer cluster.Close()
	// A topic `slow-60` answers after 60 ms.
	cluster.ControlKey(produce, func(request kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		for _, topic := range request.(*kmsg.ProduceRequest).Topics {
			var ms int
			if _, err := fmt.Sscanf(topic.Topic, "slow-%d", &ms); err == nil {
				cluster.SleepControl(func() { time.Sleep(time.Duration(ms) * time.Millisecond) })
			}
		}
		return nil, nil, false
	})
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM, syscall.SIGINT)
	<-ended
}
