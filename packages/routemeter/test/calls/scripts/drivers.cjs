// Fifty requests at once of each of two routes, over pools of two connections; loaded by `require` or by `import`.
const http = require('node:http');

/** What both routes call, in ways in which a pool runs one request's work in another one's context. */
exports.drivers = async ({ pg, ioredis, redis }, { postgresql, redisPort }) => {
  const pool = new pg.Pool({ ...postgresql, max: 2 });
  const io = new ioredis.Redis({ port: redisPort, host: '127.0.0.1' });
  const clients = redis.createClientPool({ socket: { port: redisPort, host: '127.0.0.1' } }, { maximum: 2 });
  clients.on('error', () => {});
  await clients.connect();
  const routes = {
    async '/three'() {
      for (let i = 0; i < 3; i++) await pool.query('SELECT $1::int AS three', [i]);
      await io.get('three');
      await clients.get('three');
    },
    async '/ten'() {
      await Promise.all(Array.from({ length: 10 }, (_, i) => pool.query('INSERT INTO ten VALUES ($1)', [i])));
      await io.multi().set('ten', 1).incr('ten').exec();
      await clients.execute((client) => client.set('ten', '1'));
    },
  };
  const setup = new pg.Client(postgresql);
  await setup.connect();
  await setup.query('CREATE TABLE IF NOT EXISTS ten (i int)');
  await setup.end();

  const server = http.createServer((request, response) => {
    routes[request.url]().then(
      () => response.end('done'),
      (error) => {
        response.statusCode = 500;
        response.end(String(error));
      },
    );
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address();
  const get = (path) =>
    new Promise((resolve, reject) => {
      http
        .get({ port, host: '127.0.0.1', path, agent: false }, (response) => {
          response.resume().on('end', () => resolve(response.statusCode));
        })
        .on('error', reject);
    });
  const statuses = await Promise.all(Array.from({ length: 100 }, (_, i) => get(i % 2 ? '/three' : '/ten')));
  console.log(JSON.stringify({ failed: statuses.filter((status) => status !== 200).length }));
  await pool.end();
  io.disconnect();
  clients.destroy();
  server.close();
};
