// A server of socket.io whose client sends one event, by polling within a request of HTTP.
exports.run = async ({ Server }, { io }) => {
  const http = require('node:http').createServer();
  const server = new Server(http);
  server.on('connection', (socket) =>
    socket.on('greet', (answer) => {
      for (const from = process.cpuUsage().user; process.cpuUsage().user - from < 100_000; );
      answer('greeted');
    }),
  );
  await new Promise((listening) => http.listen(0, '127.0.0.1', listening));
  const client = io(`http://127.0.0.1:${http.address().port}`, { transports: ['polling'] });
  console.log(await client.emitWithAck('greet'));
  client.disconnect();
  await server.close();
};

if (require.main === module) void exports.run(require('socket.io'), require('socket.io-client'));
