module go-statsd-client

go 1.26

require github.com/cactus/go-statsd-client/v5 v5.1.0
