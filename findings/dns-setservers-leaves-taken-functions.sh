#!/usr/bin/env bash
# `dns.setServers` does not reach functions that were taken out of the module before.
#
# One expects `const { resolve4 } = require('node:dns')`, or an import by name, to be the function that `dns.resolve4` is,
# and `dns.setServers` to change which servers it asks. But `setServers` makes a new resolver, and new functions that are
# bound to it: `dns.resolve4` is another function afterwards, and the one that was taken out goes on asking the servers
# of before, without an error. The same holds for `dns.promises`, and for ES modules that import by name.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > app.mjs <<'JS'
import dgram from 'node:dgram';
import dns, { resolve4 as imported } from 'node:dns';
import { once } from 'node:events';

/** A name server that answers each question with one address. */
async function serve(last) {
  const socket = dgram.createSocket('udp4');
  socket.on('message', (question, { port, address }) => {
    let end = 12;
    while (question[end] !== 0) end += question[end] + 1;
    const head = Buffer.from(question.subarray(0, end + 5));
    head.writeUInt16BE(0x8180, 2);
    head.writeUInt16BE(1, 6);
    head.writeUInt32BE(0, 8);
    const answer = Buffer.from('c00c00010001000000000004c0000200', 'hex');
    answer[answer.length - 1] = last;
    socket.send(Buffer.concat([head, answer]), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  socket.unref();
  return `127.0.0.1:${socket.address().port}`;
}
const ask = (resolve) => new Promise((done) => resolve('name.test', (error, found) => done(error?.code ?? found[0])));

const [first, second] = [await serve(1), await serve(2)];
dns.setServers([first]);
const { resolve4: taken } = dns;
dns.setServers([second]);
const answers = { taken: await ask(taken), module: await ask(dns.resolve4) };
console.log(`node ${process.version}: servers set to the second, which answers 192.0.2.2`);
console.log(`dns.resolve4: ${answers.module}; taken out before: ${answers.taken}; same function: ${taken === dns.resolve4}`);
console.log(`imported by name is dns.resolve4: ${imported === dns.resolve4}`);
const isSo = answers.taken === '192.0.2.1' && answers.module === '192.0.2.2' && imported !== dns.resolve4;
process.exit(isSo ? 0 : 1);
JS
node app.mjs
