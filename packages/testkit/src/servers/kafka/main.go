// A Kafka broker in memory, on a port of its own: `broker PORT TOPIC...`. What it knows of the protocol is kfake's.
package main

import (
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const (
	produce             = 0
	authorizationFailed = 29
	partitions          = 100
)

func main() {
	port, err := strconv.Atoi(os.Args[1])
	if err != nil {
		panic(err)
	}
	cluster, err := kfake.NewCluster(
		kfake.NumBrokers(1),
		kfake.Ports(port),
		kfake.SeedTopics(partitions, os.Args[2:]...),
	)
	if err != nil {
		panic(err)
	}
	defer cluster.Close()
	cluster.ControlKey(produce, func(request kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		asked := request.(*kmsg.ProduceRequest)
		for _, topic := range asked.Topics {
			switch topic.Topic {
			case "slow":
				// The number of the partition is how many milliseconds the answer takes.
				ms := topic.Partitions[0].Partition
				cluster.SleepControl(func() { time.Sleep(time.Duration(ms) * time.Millisecond) })
			case "denied":
				return refusal(asked), nil, true
			}
		}
		return nil, nil, false
	})
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM, syscall.SIGINT)
	<-ended
}

// The answer to one who may not write.
func refusal(asked *kmsg.ProduceRequest) kmsg.Response {
	response := asked.ResponseKind().(*kmsg.ProduceResponse)
	for _, topic := range asked.Topics {
		answer := kmsg.NewProduceResponseTopic()
		answer.Topic = topic.Topic
		answer.TopicID = topic.TopicID
		for _, partition := range topic.Partitions {
			one := kmsg.NewProduceResponseTopicPartition()
			one.Partition = partition.Partition
			one.ErrorCode = authorizationFailed
			answer.Partitions = append(answer.Partitions, one)
		}
		response.Topics = append(response.Topics, answer)
	}
	return response
}
