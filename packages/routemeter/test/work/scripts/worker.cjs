// A process that runs a job on a schedule, once; it serves a request before, if it is told to, or nothing.
const http = require('node:http');
const { scheduleJob } = require('node-schedule');

function work() {
  const job = scheduleJob('nightly report', '* * * * * *', () => {
    job.cancel();
    setTimeout(() => {}, 50);
  });
}

if (process.env.SERVES) {
  const server = http.createServer((_request, response) => response.end('served'));
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    http.get({ port, host: '127.0.0.1', path: '/', agent: false }, (response) => {
      response.resume().on('end', () => {
        server.close();
        work();
      });
    });
  });
} else {
  work();
}
