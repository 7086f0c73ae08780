#!/usr/bin/env bash
# perf_hooks histograms: the maximum is larger than anything recorded, the minimum smaller, and
# the deviation of equal values is 0.
#
# Guess:   histogram.max and histogram.min are values that were recorded; only percentiles are
#          rounded. 0 can be recorded: something took no time.
# Instead: max, min, mean and percentiles all come from buckets (three significant digits, 0.1 %
#          wide): one value of 1 000 000 gives max 1 000 447, min 999 936, mean 1 000 192.
#          record(0) and record(1.5) throw.
# Matters: sums made of mean * count drift, "max" in a report matches no log line, a client
#          timeout of 1000 ms shows as 1000.447 ms, and zero-length or fractional measurements
#          must be scaled before they are recorded.
# Versions: Node 20.20.2, 22.23.3, 24.21.0, 26.10.0: all alike. No packages.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > probe.mjs <<'JS'
import { createHistogram } from 'node:perf_hooks'

for (const value of [1000, 1_000_000, 250_000_000]) {
  const histogram = createHistogram()
  histogram.record(value)
  histogram.record(value)
  console.log(`recorded ${value} twice: min ${histogram.min}, max ${histogram.max}, mean ${histogram.mean}, p50 ${histogram.percentile(50)}, stddev ${histogram.stddev}`)
}
for (const value of [0, 1.5]) {
  try {
    createHistogram().record(value)
    console.log(`record(${value}): fine`)
  } catch (error) {
    console.log(`record(${value}): ${error.code}`)
  }
}
JS
cat > expected <<'TXT'
recorded 1000 twice: min 1000, max 1000, mean 1000, p50 1000, stddev 0
recorded 1000000 twice: min 999936, max 1000447, mean 1000192, p50 1000447, stddev 0
recorded 250000000 twice: min 249954304, max 250085375, mean 250019840, p50 250085375, stddev 0
record(0): ERR_OUT_OF_RANGE
record(1.5): ERR_OUT_OF_RANGE
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
