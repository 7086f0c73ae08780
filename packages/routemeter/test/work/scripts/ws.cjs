// A server of ws whose client sends one message, and another one of its own, which is no unit.
exports.run = async ({ WebSocket, WebSocketServer }) => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', path: '/rooms' });
  server.on('connection', (socket) =>
    socket.on('message', async (data) => {
      await new Promise((resolve) => setImmediate(resolve));
      for (const from = process.cpuUsage().user; process.cpuUsage().user - from < 100_000; );
      socket.send(`heard ${data}`);
    }),
  );
  await new Promise((listening) => server.once('listening', listening));
  const client = new WebSocket(`ws://127.0.0.1:${server.address().port}/rooms?token=4711`);
  const answer = new Promise((heard) => client.once('message', heard));
  client.once('open', () => client.send('hello'));
  console.log(String(await answer));
  client.terminate();
  server.close();
};

if (require.main === module) void exports.run(require('ws'));
