#!/usr/bin/env bash
# prom-client: a label without a value is the text "undefined", and joins the series without labels.
#
# Guess:   a label that is undefined is left out, or is a series of its own.
# Instead: inc({ tenant: undefined }), inc({}) and inc() are one series, and whichever came first gives
#          it its name: all are tenant="undefined", or all have no label. null is the text "null".
# Matters: a tenant called "undefined" appears on one replica and not on the next, as the first request
#          after the start decides; sums by tenant count what has none under either name.
# Versions: prom-client 15.1.3; Node 20.20.2, 24.21.0: alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund prom-client@15.1.3 >> npm.log 2>&1
cat > probe.mjs <<'JS'
import prom from 'prom-client'

async function after(...labels) {
  const register = new prom.Registry()
  const counter = new prom.Counter({ name: 'calls', help: 'x', labelNames: ['tenant'], registers: [register] })
  for (const one of labels) counter.inc(one)
  return (await register.metrics()).split('\n').filter(line => line.startsWith('calls')).join('; ')
}
console.log(`undefined, none, none: ${await after({ tenant: undefined }, {}, {})}`)
console.log(`none, undefined, undefined: ${await after({}, { tenant: undefined }, { tenant: undefined })}`)
console.log(`null: ${await after({ tenant: null })}`)
JS
cat > expected <<'TXT'
undefined, none, none: calls{tenant="undefined"} 3
none, undefined, undefined: calls 3
null: calls{tenant="null"} 1
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
