// A server of gRPC and a client that calls it three times: twice well, once with an error.
const { createRequire } = require('node:module');
const grpc = createRequire(`${process.argv[2]}/`)('@grpc/grpc-js');

const text = { serialize: (value) => Buffer.from(value), deserialize: (bytes) => bytes.toString() };
const method = (name) => ({
  path: `/a.B/${name}`,
  requestStream: false,
  responseStream: false,
  requestSerialize: text.serialize,
  requestDeserialize: text.deserialize,
  responseSerialize: text.serialize,
  responseDeserialize: text.deserialize,
});
const service = { get: method('Get'), fail: method('Fail') };

const server = new grpc.Server();
server.addService(service, {
  get: (_call, done) => setImmediate(done, null, 'hello'),
  fail: (_call, done) => done({ code: grpc.status.NOT_FOUND, details: 'none' }),
});
server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), async (failed, port) => {
  if (failed) throw failed;
  const Client = grpc.makeGenericClientConstructor(service, 'B');
  const client = new Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  const call = (name) =>
    new Promise((resolve) => client[name]('x', (error, answer) => resolve(error?.code ?? answer)));
  for (const name of ['get', 'get', 'fail']) console.log(await call(name));
  client.close();
  server.tryShutdown(() => {});
});
