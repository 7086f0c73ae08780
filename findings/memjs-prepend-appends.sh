#!/usr/bin/env bash
# memjs 1.3.2: `client.prepend(key, value)` sends the opcode of append (0x0e) and not of prepend (0x0f), so that
# memcached puts the value behind what is stored, and the call succeeds. Seen with Node 20, 22, 24 and 26.
#
# Prints: sent by append: 0x0e, sent by prepend: 0x0e. Ends with 1 once that changes.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true }' > package.json
npm install --silent --no-audit --no-fund memjs@1.3.2

cat > program.cjs <<'EOF'
const net = require('node:net');
const memjs = require('memjs');

// Answers each request of the binary protocol with success, and keeps its opcode.
const opcodes = [];
const server = net.createServer((socket) => {
  socket.on('data', (request) => {
    opcodes.push(request[1]);
    const answer = Buffer.alloc(24);
    answer[0] = 0x81;
    answer[1] = request[1];
    request.copy(answer, 12, 12, 16);
    socket.write(answer);
  });
});
server.listen(0, '127.0.0.1', async () => {
  const client = memjs.Client.create(`127.0.0.1:${server.address().port}`);
  await client.append('key', 'behind');
  await client.prepend('key', 'before');
  client.close();
  server.close();
  const [append, prepend] = opcodes.map((code) => `0x${code.toString(16).padStart(2, '0')}`);
  console.log(`sent by append: ${append}, sent by prepend: ${prepend}`);
});
EOF

output="$(node program.cjs)"
echo "$output"
[ "$output" = 'sent by append: 0x0e, sent by prepend: 0x0e' ]
