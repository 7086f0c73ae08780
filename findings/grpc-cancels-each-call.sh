#!/usr/bin/env bash
# grpc-js server: every call is cancelled, also those that were answered OK.
#
# Guess:   'cancelled' of a call, and onCancel of a server interceptor, tell that the client gave up: by
#          its deadline, by cancel() or by going away.
# Instead: both come for each unary call that ended well, right after its status was sent, and `cancelled`
#          reads true then. Only the order tells: they come before a status for a call that was given up.
# Matters: a counter of cancellations counts all calls; a handler that stops its work and logs "client
#          gone" on 'cancelled' does so after each success.
# Versions: @grpc/grpc-js 1.14.7; Node 20.20.2, 24.21.0: alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund @grpc/grpc-js@1.14.7 >> npm.log 2>&1
cat > probe.mjs <<'JS'
import { setTimeout as sleep } from 'node:timers/promises'
import grpc from '@grpc/grpc-js'

const same = bytes => bytes
const methods = {
  Say: { path: '/greet.Greeter/Say', requestStream: false, responseStream: false, requestSerialize: same, requestDeserialize: same, responseSerialize: same, responseDeserialize: same },
}
let events = []
const watch = (_method, call) => new grpc.ServerInterceptingCall(call, {
  start: next => next({ onCancel: () => events.push('onCancel') }),
  sendStatus: (status, next) => {
    events.push(`sendStatus ${status.code}`)
    next(status)
  },
})
const server = new grpc.Server({ interceptors: [watch] })
server.addService(methods, {
  Say: async (call, answer) => {
    call.on('cancelled', () => events.push(`'cancelled', cancelled ${call.cancelled}`))
    await sleep(call.request.toString() === 'slow' ? 300 : 0)
    answer(null, Buffer.from('hello'))
  },
})
const port = await new Promise((resolve, reject) => server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) => error ? reject(error) : resolve(bound)))
const client = new (grpc.makeGenericClientConstructor(methods, 'Greeter'))(`127.0.0.1:${port}`, grpc.credentials.createInsecure())
for (const [text, deadline] of [['fast', 5000], ['slow', 100]]) {
  events = []
  const outcome = await new Promise(done => client.Say(Buffer.from(text), new grpc.Metadata(), { deadline: Date.now() + deadline }, error => done(error ? grpc.status[error.code] : 'OK')))
  await sleep(500)
  console.log(`client ${outcome}; server: ${events.join(', ')}`)
}
process.exit()
JS
cat > expected <<'TXT'
client OK; server: sendStatus 0, onCancel, 'cancelled', cancelled true
client DEADLINE_EXCEEDED; server: onCancel, 'cancelled', cancelled true
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
