#!/usr/bin/env bash
# Native addons: since Node 24 the callback of bcrypt runs in no context; that of sharp never
# did.
#
# Guess:   the callback of a native call runs in the AsyncLocalStorage context of the caller, as
#          with node:crypto, whatever the Node version.
# Instead: bcrypt.hash(..., callback) keeps the caller's store on Node 20 and 22 and has none on
#          24 and 26; sharp().toBuffer(callback) has none on any. Promise forms of both (and
#          node:crypto's callbacks) are right everywhere.
# Matters: after upgrading to Node 24, log lines and spans behind a password check lose their
#          request, and CPU used in the callback belongs to nobody. Use the promise forms or
#          AsyncResource.bind.
# Versions: bcrypt 6.0.0, sharp 0.35.5; Node 20.20.2, 22.23.3, 24.21.0, 26.10.0.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --no-audit --no-fund bcrypt@6.0.0 sharp@0.35.5 >> npm.log 2>&1
cat > probe.mjs <<'JS'
import { AsyncLocalStorage } from 'node:async_hooks'
import { scrypt } from 'node:crypto'
import bcrypt from 'bcrypt'
import sharp from 'sharp'

const store = new AsyncLocalStorage()
const image = () => sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } }).png()
const calls = {
  'crypto.scrypt callback': seen => scrypt('a', 'b', 16, seen),
  'bcrypt.hash callback': seen => bcrypt.hash('secret', 4, seen),
  'bcrypt.hash promise': seen => bcrypt.hash('secret', 4).then(seen),
  'sharp toBuffer callback': seen => image().toBuffer(seen),
  'sharp toBuffer promise': seen => image().toBuffer().then(seen),
}
for (const [name, call] of Object.entries(calls)) {
  await new Promise(resolve => store.run('request', () => call(() => {
    console.log(`${name}: ${store.getStore() ?? 'no store'}`)
    resolve()
  })))
}
process.exit()
JS
if (( $("$node" -p 'process.versions.node.split(".")[0]') < 24 )); then bcrypt=request; else bcrypt='no store'; fi
cat > expected <<TXT
crypto.scrypt callback: request
bcrypt.hash callback: $bcrypt
bcrypt.hash promise: request
sharp toBuffer callback: no store
sharp toBuffer promise: request
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
