#!/usr/bin/env bash
# node:stream: the callback of pipeline() runs in the caller's context since Node 22, and in that of
# whoever ended the stream on Node 20.
#
# Guess:   the callback of stream.pipeline runs in the AsyncLocalStorage context of the call, as other
#          callbacks of Node's own modules do; the version does not matter.
# Instead: on Node 20 it runs in the context that happens to end or destroy one of the streams.
# Matters: uploads, proxied bodies and exports are finished there: the log line, the metric and the clean-up
#          belong to another request, or to none, on Node 20 alone. `stream/promises` keeps the
#          caller's context everywhere.
# Versions: Node 20.20.2: one way; 22.23.3, 24.21.0, 26.10.0: the other. No packages.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > probe.mjs <<'JS'
import { AsyncLocalStorage } from 'node:async_hooks'
import { PassThrough, pipeline } from 'node:stream'
import { pipeline as piped } from 'node:stream/promises'

const storage = new AsyncLocalStorage()
async function ended(make) {
  const [from, to] = [new PassThrough(), new PassThrough()]
  to.resume()
  const done = storage.run('caller', () => make(from, to))
  storage.run('other', () => from.end('x'))
  return done
}
const called = await ended((from, to) => new Promise(done => pipeline(from, to, () => done(storage.getStore()))))
const awaited = await ended(async (from, to) => {
  await piped(from, to)
  return storage.getStore()
})
console.log(`Node ${Number.parseInt(process.versions.node) >= 22 ? '22 or later' : 'before 22'}: callback in ${called}, await in ${awaited}`)
JS
timeout 30 "$node" probe.mjs | tee seen
grep -qxE 'Node (22 or later: callback in caller|before 22: callback in other), await in caller' seen
