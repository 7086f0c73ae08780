"""datadog's client: every kind of metric, with tags, an event and a service check."""
import sys
from datadog.dogstatsd import DogStatsd

statsd = DogStatsd(host="127.0.0.1", port=int(sys.argv[1]), namespace="shop", constant_tags=["env:test"], disable_telemetry=True)
statsd.increment("orders", 3, tags=["plan:free"])
statsd.decrement("orders", 1, tags=["plan:free"])
statsd.gauge("balance", -3)
statsd.timing("resize", 12.5)
statsd.histogram("size", 7, tags=["format:jpeg"])
statsd.distribution("weight", 9)
statsd.distribution("weight", 11)
statsd.set("members", "a")
statsd.set("members", "b")
statsd.event("deployed", "version 2\nof the shop", alert_type="info", tags=["by:ci"])
statsd.service_check("db", DogStatsd.WARNING, message="slow")
statsd.flush()
statsd.close_socket()
