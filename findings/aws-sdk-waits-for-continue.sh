#!/usr/bin/env bash
# AWS SDK: a large PutObject waits six seconds before it sends its body, if the peer is silent.
#
# Guess:   send(new PutObjectCommand) writes headers and body at once, whatever the size.
# Instead: from 2 MB on the SDK adds `Expect: 100-continue` and holds the body until `100
#          Continue` arrives, or for 6 s. A server or proxy that does not answer it (it need
#          not) makes each large upload 6 s slower, and it succeeds.
# Matters: in the upstream time of an S3-compatible store, large uploads have a step of 6 s that
#          no setting of the caller names (expectContinueHeader: false turns it off). On the
#          receiving side, a node:http server with a 'checkContinue' listener sees these uploads
#          there and not as 'request'.
# Versions: @aws-sdk/client-s3 3.1175.0; Node 20.20.2, 22.23.3, 24.21.0, 26.10.0: all alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --no-audit --no-fund @aws-sdk/client-s3@3.1175.0 >> npm.log 2>&1
cat > probe.mjs <<'JS'
import { once } from 'node:events'
import net from 'node:net'
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'

/** Answers each PUT with 200 when its body is complete, and never says 100 Continue. */
const server = net.createServer(socket => {
  let head = ''
  let body = 0
  socket.on('error', () => {}).on('data', data => {
    if (head.includes('\r\n\r\n')) body += data.length
    else {
      head += data.toString('latin1')
      const end = head.indexOf('\r\n\r\n')
      if (end >= 0) body = head.length - end - 4
    }
    if (body < Number(/^content-length: (\d+)/im.exec(head)?.[1])) return
    console.log(`  ${/^expect: .*$/im.exec(head)?.[0] ?? 'no Expect'}`)
    head = ''
    body = 0
    socket.write('HTTP/1.1 200 OK\r\nETag: "x"\r\nContent-Length: 0\r\n\r\n')
  })
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const s3 = new S3Client({
  region: 'us-east-1',
  endpoint: `http://127.0.0.1:${server.address().port}`,
  forcePathStyle: true,
  credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
})
for (const size of [1_000_000, 3_000_000]) {
  console.log(`${size} bytes`)
  const began = performance.now()
  const { $metadata } = await s3.send(new PutObjectCommand({ Bucket: 'b', Key: 'k', Body: Buffer.alloc(size) }))
  const took = performance.now() - began
  console.log(`  status ${$metadata.httpStatusCode}, attempts ${$metadata.attempts}, ${took > 5900 ? '6 s' : took < 3000 ? 'under 3 s' : `${took} ms`}`)
}
process.exit()
JS
cat > expected <<'TXT'
1000000 bytes
  no Expect
  status 200, attempts 1, under 3 s
3000000 bytes
  Expect: 100-continue
  status 200, attempts 1, 6 s
TXT
NODE_NO_WARNINGS=1 timeout 60 "$node" probe.mjs | tee seen
diff expected seen
