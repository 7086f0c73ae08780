module victoria-metrics

go 1.26

require (
	github.com/VictoriaMetrics/VictoriaMetrics v1.151.0
	// Later than what that asks for, which proxies may not have.
	github.com/prometheus/client_golang/exp v0.0.0-20260907100614-57bb367da472
)
