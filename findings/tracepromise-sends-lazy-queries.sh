#!/usr/bin/env bash
# diagnostics_channel: with a subscriber, tracePromise sends a lazy query early, or twice.
#
# Guess:   channel.tracePromise(fn) hands on what fn returns; a subscriber only watches. A query builder
#          (knex, drizzle, mongoose), which is sent when it is awaited, is sent once, at the await.
# Instead: without a subscriber that is so. With one, up to Node 24 it is sent at once, and the caller gets
#          a plain promise without the builder's methods; on Node 26 the caller keeps the builder, and
#          each query is sent twice: once for the trace and once for the await.
# Matters: switching an observer on breaks `.where()` or doubles the writes of a library that traces its
#          builders; calls per request double with it. Trace what executes, and not what builds.
# Versions: Node 20.20.2, 22.23.3, 24.21.0: one way; 26.10.0: the other. No packages.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > probe.mjs <<'JS'
import { tracingChannel } from 'node:diagnostics_channel'
import { setTimeout as sleep } from 'node:timers/promises'

let sent = 0
class Query {
  where() {
    return this
  }
  // As builders do: sent by `then`.
  then(resolve, reject) {
    sent++
    return Promise.resolve('rows').then(resolve, reject)
  }
}
const channel = tracingChannel('query')
const isLate = Number.parseInt(process.versions.node) >= 26
async function traced(who) {
  sent = 0
  const query = channel.tracePromise(() => new Query())
  await sleep(5)
  const early = sent
  await query
  console.log(`${isLate ? '26 or later' : 'before 26'}, ${who}: ${typeof query.where === 'function' ? 'a builder' : 'no builder'}, sent ${early} times before the await, ${sent} in all`)
}
await traced('no subscriber')
channel.subscribe({ start() {}, end() {}, asyncStart() {}, asyncEnd() {}, error() {} })
await traced('a subscriber')
JS
cat > expected-before <<'TXT'
before 26, no subscriber: a builder, sent 0 times before the await, 1 in all
before 26, a subscriber: no builder, sent 1 times before the await, 1 in all
TXT
cat > expected-later <<'TXT'
26 or later, no subscriber: a builder, sent 0 times before the await, 1 in all
26 or later, a subscriber: a builder, sent 1 times before the await, 2 in all
TXT
timeout 30 "$node" probe.mjs | tee seen
if grep -q '^before' seen; then diff expected-before seen; else diff expected-later seen; fi
