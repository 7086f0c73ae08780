#!/usr/bin/env bash
# A PerformanceObserver of garbage collections changes the stacks of the application's errors.
#
# Guess:   an observer of `gc` entries only watches; what the application answers, stacks of
#          errors included, is the same with and without it.
# Instead: Node hands the entries over by an immediate of its own. Where a collection happens
#          while the application waits for an immediate, two of them meet, and what the first
#          one resumes runs below `runNextTicks` and `processImmediate`: two more lines in each
#          stack, and two fewer of the ten that V8 keeps.
# Matters: runtime metrics (prom-client, OpenTelemetry's runtime instrumentation) observe `gc`.
#          Who compares answers with and without them, or groups errors by their whole stack,
#          sees changes that come and go with the load. Two requests that wait at once do it
#          without any observer.
# Versions: Node 20.20.2, 22.23.3, 24.21.0 and 26.10.0. No packages.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > probe.cjs <<'JS'
const { PerformanceObserver } = require('node:perf_hooks')

if (process.argv[2] === 'observed') new PerformanceObserver(() => {}).observe({ entryTypes: ['gc'] })

async function handler() {
  await new Promise((resolve) => setImmediate(resolve))
  return new Error('here').stack
}

setTimeout(async () => {
  const answered = handler()
  gc()
  const lines = (await answered).split('\n').slice(1).map((line) => line.trim().split(' ')[1])
  console.log(`${process.argv[2]}: ${lines.join(' ')}`)
}, 100)
JS
for way in alone observed; do timeout 30 "$node" --expose-gc probe.cjs "$way"; done | tee seen
diff - seen <<'TXT'
alone: handler async
observed: handler runNextTicks process.processImmediate async
TXT
