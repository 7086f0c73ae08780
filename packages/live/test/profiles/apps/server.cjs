// A server that computes, blocks, and ends by itself when it is told to; alone, in a cluster, or in threads.
const { spawnSync } = require('node:child_process');
const cluster = require('node:cluster');
const http = require('node:http');
const { isMainThread, Worker } = require('node:worker_threads');

const how = process.env.HOW ?? '';

function computeSum(ms) {
  const end = performance.now() + ms;
  let x = 1;
  while (performance.now() < end) for (let i = 0; i < 50; i++) x = (x * 1103515245 + 12345) & 0x7fffffff;
  return x;
}

function callProgram() {
  spawnSync(process.execPath, ['--version'], { env: {} });
}

if (how === 'cluster' && cluster.isPrimary) {
  for (let i = 0; i < 2; i++) {
    const worker = cluster.fork();
    // The application's own messages come as they were sent, and nothing else does.
    worker.on('message', (message) => console.log(`message ${JSON.stringify(message)}`));
  }
} else if (how === 'threads' && isMainThread) {
  for (let i = 0; i < 2; i++) new Worker(__filename);
} else {
  const server = http.createServer((req, res) => {
    if (req.url === '/sum') computeSum(3);
    if (req.url === '/program') callProgram();
    if (req.url === '/end') server.close();
    res.setHeader('connection', 'close');
    res.end();
  });
  server.listen(0, '127.0.0.1', () => {
    process.send?.({ own: process.pid });
    console.log(`listens on ${server.address().port} in ${process.pid}`);
  });
}
