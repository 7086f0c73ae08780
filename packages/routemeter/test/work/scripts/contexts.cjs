// A server of which one request makes a consumer, and others send it what it consumes. Ends after three of each.
// `node contexts.cjs bullmq6 PORT`, `node contexts.cjs amqplib2 URL`: the library, and where its server is.
const http = require('node:http');

const BURN_MS = 30;
const [library, at] = process.argv.slice(2);
const given = require(library);
let handled = 0;
let stop;

function handle() {
  const from = process.cpuUsage();
  for (let used = 0; used < BURN_MS * 1000; ) {
    const { user, system } = process.cpuUsage(from);
    used = user + system;
  }
  // The library is told of the end first.
  if (++handled === 3) setTimeout(stop, 50);
}

const WAYS = {
  async bullmq() {
    const connection = { host: '127.0.0.1', port: Number(at) };
    const prefix = `contexts-${process.pid}`;
    const worker = new given.Worker('mails', async () => handle(), { connection, prefix });
    const queue = new given.Queue('mails', { connection, prefix });
    await worker.waitUntilReady();
    return {
      send: () => queue.add('welcome', {}),
      close: async () => {
        await worker.close();
        await queue.obliterate({ force: true });
        await queue.close();
      },
    };
  },
  async amqplib() {
    const connection = await given.connect(at);
    const channel = await connection.createChannel();
    const name = 'contexts';
    await channel.assertQueue(name, { durable: false, exclusive: true });
    await channel.consume(name, (message) => {
      handle();
      channel.ack(message);
    });
    return {
      send: async () => channel.sendToQueue(name, Buffer.from('x')),
      close: () => connection.close(),
    };
  },
};

let consumer;
const server = http.createServer(async (request, response) => {
  if (request.url === '/open') consumer = await WAYS[library.replace(/\d+$/, '')]();
  else await consumer.send();
  response.end();
});
stop = async () => {
  await consumer.close();
  server.close();
};
server.listen(0, '127.0.0.1', async () => {
  const { port } = server.address();
  for (const path of ['/open', '/send', '/send', '/send'])
    await new Promise((done) =>
      http.get({ port, host: '127.0.0.1', path, agent: false }, (response) =>
        response.resume().on('end', done),
      ),
    );
});
