// An application of NestJS that is found in a folder: what runs on a schedule, and what is sent over TCP.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const { resolve } = createRequire(join(process.argv[2], 'app.cjs'));
const load = (name) => import(pathToFileURL(resolve(name)).href);

await load('reflect-metadata');
const { Controller, Module } = await load('@nestjs/common');
const { NestFactory } = await load('@nestjs/core');
const { ClientProxyFactory, EventPattern, MessagePattern, Transport } = await load('@nestjs/microservices');
const { Cron, Interval, ScheduleModule, Timeout } = await load('@nestjs/schedule');
const { firstValueFrom } = await load('rxjs');

const runs = {};
const ran = (name) => {
  runs[name] = (runs[name] ?? 0) + 1;
};

class Jobs {
  nightly() {
    ran('nightly');
  }
  poll() {
    ran('poll');
  }
  warm() {
    ran('warm');
  }
  sum(numbers) {
    ran('cmd:sum');
    return numbers.reduce((total, one) => total + one, 0);
  }
  placed() {
    ran('order.placed');
  }
}
const decorate = (decorator, method) =>
  decorator(Jobs.prototype, method, Object.getOwnPropertyDescriptor(Jobs.prototype, method));
decorate(Cron('* * * * * *'), 'nightly');
decorate(Interval(30), 'poll');
decorate(Timeout(10), 'warm');
decorate(MessagePattern({ cmd: 'sum' }), 'sum');
decorate(EventPattern('order.placed'), 'placed');
Controller()(Jobs);
class App {}
Module({ imports: [ScheduleModule.forRoot()], controllers: [Jobs] })(App);

const host = '127.0.0.1';
const transport = Transport.TCP;
const app = await NestFactory.createMicroservice(App, {
  transport,
  options: { host, port: 0 },
  logger: false,
});
await app.listen();
const client = ClientProxyFactory.create({ transport, options: { host, port: app.unwrap().address().port } });
await client.connect();
for (let at = 0; at < 3; at++) {
  if ((await firstValueFrom(client.send({ cmd: 'sum' }, [1, 2]))) !== 3) throw new Error('wrong sum');
  await firstValueFrom(client.emit('order.placed', {}));
}
while (Object.keys(runs).length < 5 || runs['order.placed'] < 3)
  await new Promise((later) => setTimeout(later, 20));
await client.close();
await app.close();
console.log(JSON.stringify(runs));
