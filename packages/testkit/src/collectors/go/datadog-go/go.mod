module datadog-go

go 1.26

require github.com/DataDog/datadog-go/v5 v5.9.1
