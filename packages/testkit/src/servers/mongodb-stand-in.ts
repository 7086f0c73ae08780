import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { BSON } from 'mongodb7';
import type { Program } from './program.ts';

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;

/** What a driver sends, and is answered. */
type Document = Record<string, unknown>;

/**
 * Speaks as much of MongoDB's protocol as a driver asks of a single server: neither Debian nor npm has the
 * server itself. It stores nothing.
 *
 * - `find` in `slow` answers after the `ms` of its filter; with a `batchSize` a cursor has two batches more;
 * - `find` in `missing` is an error, `insert` into `taken` an error of the write;
 * - `dies` closes the connection.
 */
export async function startMongodbStandIn(): Promise<Program & { port: number }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let received = Buffer.alloc(0);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 4 && received.length >= received.readInt32LE(0)) {
        const length = received.readInt32LE(0);
        answerMessage(socket, received.subarray(0, length));
        received = received.subarray(length);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function answerMessage(socket: Socket, message: Buffer): void {
  const id = message.readInt32LE(4);
  const isQuery = message.readInt32LE(12) === OP_QUERY;
  // OP_QUERY: flags, name, two numbers; OP_MSG: flags and the kind of the first section.
  const at = isQuery ? message.indexOf(0, 20) + 9 : 21;
  const command = BSON.deserialize(message.subarray(at, at + message.readInt32LE(at))) as Document;
  const [name] = Object.keys(command);
  const filter = (command.filter ?? {}) as Document;
  if (command[name!] === 'dies') {
    socket.destroy();
    return;
  }
  const body = BSON.serialize(answerTo(name!, command));
  const head = Buffer.alloc(isQuery ? 36 : 21);
  head.writeInt32LE(head.length + body.length, 0);
  head.writeInt32LE(id, 8);
  head.writeInt32LE(isQuery ? OP_REPLY : OP_MSG, 12);
  if (isQuery) head.writeInt32LE(1, 32);
  const send = () => void (socket.destroyed || socket.write(Buffer.concat([head, body])));
  if (command[name!] === 'slow') setTimeout(send, Number(filter.ms ?? 0));
  else send();
}

function answerTo(name: string, command: Document): Document {
  const { Long } = BSON;
  if (/^(hello|ismaster)$/i.test(name)) {
    return {
      ismaster: true,
      isWritablePrimary: true,
      helloOk: true,
      maxBsonObjectSize: 16_777_216,
      maxMessageSizeBytes: 48_000_000,
      maxWriteBatchSize: 100_000,
      logicalSessionTimeoutMinutes: 30,
      minWireVersion: 0,
      maxWireVersion: 25,
      ok: 1,
    };
  }
  if (name === 'find' || name === 'aggregate') {
    if (command[name] === 'missing') return { ok: 0, errmsg: 'no', code: 26, codeName: 'NamespaceNotFound' };
    const id = command.batchSize === 1 ? Long.fromNumber(2) : Long.ZERO;
    return { cursor: { firstBatch: [{ _id: 1 }], id, ns: `test.${String(command[name])}` }, ok: 1 };
  }
  if (name === 'getMore') {
    const left = Number(command.getMore) - 1;
    const id = left === 0 ? Long.ZERO : Long.fromNumber(left);
    return { cursor: { nextBatch: [{ _id: 2 }], id, ns: `test.${String(command.collection)}` }, ok: 1 };
  }
  if (name === 'insert' && command.insert === 'taken')
    return { ok: 1, n: 0, writeErrors: [{ index: 0, code: 11_000, errmsg: 'duplicate' }] };
  return { ok: 1, n: 1, nModified: 1 };
}
