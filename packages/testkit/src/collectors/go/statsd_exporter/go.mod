module statsd_exporter

go 1.26

require github.com/prometheus/statsd_exporter v0.31.0
