// What runs the units, of each kind; `load` is `require` of the folder that holds the libraries.
import { AT_ONCE, HELLO } from './kinds.mjs';

/** A server of gRPC that calls `ran` after each call; resolves to its port. */
export async function serveGrpc(load, ran) {
  const { Server, ServerCredentials } = load('@grpc/grpc-js');
  const server = new Server();
  server.addService(
    { hello: HELLO },
    {
      hello(call, answer) {
        answer(null, `hello ${call.request}`);
        ran();
      },
    },
  );
  return new Promise((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(String(port)),
    ),
  );
}

/** A worker that calls `ran` after each job; resolves to the name of its queue. */
export async function takeJobs(load, ran, redisPort, options) {
  const { Worker } = load('bullmq');
  const queue = `bench-${process.pid}`;
  const connection = { host: '127.0.0.1', port: redisPort, maxRetriesPerRequest: null };
  const worker = new Worker(queue, async (job) => job.data.name.length, {
    connection,
    concurrency: AT_ONCE,
    ...options,
  });
  worker.on('completed', ran);
  await worker.waitUntilReady();
  return queue;
}
