#!/usr/bin/env bash
# HTTP/2 stream API: a response that was delivered in full closes without 'finish'.
#
# Guess:   after stream.end('...'), 'finish' comes before 'close', and writableFinished is true,
#          as for a GET; without it, the response was cut off.
# Instead: of a request whose body has ended (any POST, so every call of gRPC), 'close' comes
#          with no 'finish' at all: writableEnded true, writableFinished false, rstCode 0 and
#          aborted false, though the client received every byte and the end of the stream.
#          finished() of node:stream calls that ERR_STREAM_PREMATURE_CLOSE on 20, 22 and 24.
# Matters: "closed and not writableFinished" counts delivered answers as aborted, and whatever
#          waits for 'finish' (access logs, timers) never sees them.
# Versions: Node 20.20.2, 22.23.3, 24.21.0, 26.10.0: all alike. No packages.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > probe.mjs <<'JS'
import { once } from 'node:events'
import http2 from 'node:http2'
import { finished } from 'node:stream'

const server = http2.createServer().on('stream', (stream, headers) => {
  let finish = false
  stream.on('finish', () => { finish = true })
  finished(stream, () => {
    console.log(`${headers[':method']} server: finish ${finish}, writableFinished ${stream.writableFinished}, writableEnded ${stream.writableEnded}, rstCode ${stream.rstCode}, aborted ${stream.aborted}`)
  })
  stream.respond({ ':status': 200 })
  stream.end('hello')
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const client = http2.connect(`http://127.0.0.1:${server.address().port}`)
for (const method of ['GET', 'POST']) {
  const stream = client.request({ ':path': '/', ':method': method })
  stream.end()
  let text = ''
  for await (const chunk of stream) text += chunk
  console.log(`${method} client: ${text}`)
}
client.close()
server.close()
JS

"$node" --version
"$node" probe.mjs | sort | tee seen.txt
cat > expected.txt <<'TXT'
GET client: hello
GET server: finish true, writableFinished true, writableEnded true, rstCode 0, aborted false
POST client: hello
POST server: finish false, writableFinished false, writableEnded true, rstCode 0, aborted false
TXT
diff expected.txt seen.txt
