// A program with one handler, which does one thing and ends: `node ends.cjs LIBRARY ACT FOLDER AT`. What the library tells
// of it is printed; what nobody handles ends the process.
const { createServer } = require('node:http');
const { createRequire } = require('node:module');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');

const [library, act, folder, at] = process.argv.slice(2);
const EACH_SECOND = '* * * * * *';
const { resolve } = createRequire(join(folder, 'app.cjs'));
const load = async (name) => require(resolve(name));
const loadModule = async (name) => import(pathToFileURL(resolve(name)).href);
const tell = (...told) => console.log(...told.map(String));
const told = (emitter, ...events) => {
  for (const event of events)
    emitter.on(event, (...args) => tell(event, args.find((one) => one instanceof Error) ?? ''));
};

let stop = () => {};
let isOver = false;
/** Both, since some libraries expect a promise. */
function handler() {
  if (isOver) return;
  isOver = true;
  tell('handled');
  // Whatever the library tells of it comes first.
  if (act !== 'exit') setTimeout(() => void stop(), 300);
  if (act === 'throw') throw new RangeError('at once');
  if (act === 'exit') process.exit(7);
  if (act === 'reject') return Promise.resolve().then(() => Promise.reject(new RangeError('later')));
  return Promise.resolve('fine');
}

const listening = (server) =>
  new Promise((done) => server.listen(0, '127.0.0.1', () => done(server.address().port)));

const WAYS = {
  async cron() {
    const { CronJob } = await load(library);
    const job = CronJob.from({ cronTime: EACH_SECOND, onTick: handler, start: true });
    stop = () => job.stop();
  },
  async croner() {
    const { Cron } = await load(library);
    const job = new Cron(EACH_SECOND, handler);
    stop = () => job.stop();
  },
  async 'node-cron'() {
    const { createTask } = await load(library);
    const task = createTask(EACH_SECOND, handler);
    for (const event of ['execution:started', 'execution:finished', 'execution:failed'])
      task.on(event, ({ execution }) => tell(event, execution?.error ?? execution?.result ?? ''));
    stop = () => task.destroy();
    await task.start();
  },
  async 'node-schedule'() {
    const { scheduleJob } = await load(library);
    const job = scheduleJob(EACH_SECOND, handler);
    told(job, 'run', 'success', 'error');
    stop = () => job.cancel();
  },
  async ws() {
    const { WebSocket, WebSocketServer } = await load(library);
    const http = createServer();
    const server = new WebSocketServer({ server: http });
    server.on('connection', (socket) => {
      told(socket, 'error', 'close');
      socket.on('message', handler);
    });
    const client = new WebSocket(`ws://127.0.0.1:${await listening(http)}`);
    client.on('open', () => client.send('x'));
    stop = () => client.terminate() ?? http.close();
  },
  async 'socket.io'() {
    const { Server } = await load(library);
    const { io } = await load('socket.io-client');
    const http = createServer();
    const server = new Server(http);
    server.on('connection', (socket) => {
      told(socket, 'error', 'disconnect');
      socket.on('ask', handler);
    });
    const client = io(`http://127.0.0.1:${await listening(http)}`, { reconnection: false });
    client.emit('ask');
    stop = () => client.disconnect() && server.close();
  },
  async bullmq() {
    const { Queue, Worker } = await load(library);
    const given = { connection: { host: '127.0.0.1', port: Number(at) }, prefix: `ends-${process.pid}` };
    const worker = new Worker('q', async () => handler(), given);
    told(worker, 'active', 'completed', 'failed', 'error');
    const queue = new Queue('q', given);
    await queue.add('x', {});
    stop = async () => {
      await worker.close();
      await queue.obliterate({ force: true });
      await queue.close();
    };
  },
  async amqplib() {
    const connection = await (await load(library)).connect(at);
    told(connection, 'error', 'close');
    const channel = await connection.createChannel();
    told(channel, 'error', 'close');
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await channel.consume(queue, handler, { noAck: true });
    channel.sendToQueue(queue, Buffer.from('x'));
    stop = () => connection.close();
  },
  async 'pg-boss'() {
    const { PgBoss } = await loadModule(library);
    const boss = new PgBoss({ connectionString: at, schedule: false, supervise: false, schema: 'ends_boss' });
    told(boss, 'error', 'stopped');
    await boss.start();
    const queue = `q${process.pid}`;
    await boss.createQueue(queue);
    await boss.work(queue, { pollingIntervalSeconds: 0.5 }, async () => handler());
    const id = await boss.send(queue, {}, { retryLimit: 0 });
    stop = async () => {
      const job = await boss.getJobById(queue, id);
      tell(job?.state, JSON.stringify(job?.output?.message ?? job?.output));
      await boss.stop({ graceful: false });
    };
  },
  async agenda() {
    const { Agenda } = await loadModule(library);
    const { PostgresBackend } = await loadModule('@agendajs/postgres-backend');
    const agenda = new Agenda({ backend: new PostgresBackend({ connectionString: at }), processEvery: 100 });
    const name = `q${process.pid}`;
    told(agenda, `start:${name}`, `success:${name}`, `fail:${name}`, `complete:${name}`);
    agenda.define(name, async () => handler());
    await agenda.start();
    await agenda.now(name, {});
    stop = async () => {
      await agenda.stop();
      process.exit(0);
    };
  },
  async 'graphile-worker'() {
    const { run, Logger } = await load(library);
    const name = `q${process.pid}`;
    const runner = await run({
      connectionString: at,
      noHandleSignals: true,
      logger: new Logger(() => () => {}),
      taskList: { [name]: async () => handler() },
    });
    for (const event of ['job:start', 'job:success', 'job:error', 'job:failed'])
      runner.events.on(event, ({ error }) => tell(event, error ?? ''));
    await runner.addJob(name, {}, { maxAttempts: 1 });
    stop = () => runner.stop();
  },
};

void WAYS[library.replace(/\d+$/, '')]();
