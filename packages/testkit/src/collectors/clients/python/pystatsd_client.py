"""pystatsd: plain StatsD, one datagram for each metric, and several in one from a pipeline."""
import sys
from datetime import timedelta
from statsd import StatsClient

statsd = StatsClient("127.0.0.1", int(sys.argv[1]), prefix="shop")
statsd.incr("orders", 3)
statsd.decr("orders")
statsd.gauge("balance", -3)
statsd.gauge("jobs", 10)
statsd.gauge("jobs", 5, delta=True)
statsd.gauge("jobs", -3, delta=True)
statsd.timing("resize", 12.5)
statsd.timing("resize", timedelta(milliseconds=20))
statsd.set("members", "a")
statsd.set("members", "b")
with statsd.pipeline() as pipe:
    pipe.incr("batched", 2)
    pipe.timing("batched.time", 5)
