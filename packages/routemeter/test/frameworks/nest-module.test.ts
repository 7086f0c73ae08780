import 'reflect-metadata';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { Controller, type DynamicModule, Get, type INestApplication, Inject, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterEach, describe, expect, test } from 'vitest';
import { Meter, RoutemeterModule, Timed } from '../../src/frameworks/nest.ts';
import { CaptureSink, createMeter } from '../../src/index.ts';
import { expectMetric } from '../../src/testing/index.ts';
import { readLines } from '../../src/testing/read.ts';

const { ExpressAdapter } = createRequire(new URL('../../../testkit/package.json', import.meta.url))(
  '@nestjs/platform-express',
) as typeof import('@nestjs/platform-express');

let app: INestApplication | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
});

function decorate(target: object, key: string, ...decorators: MethodDecorator[]): void {
  const descriptor = Object.getOwnPropertyDescriptor(target, key)!;
  for (const decorator of decorators.reverse()) decorator(target, key, descriptor);
  Object.defineProperty(target, key, descriptor);
}

class Cats {
  readonly meter: Meter;
  constructor(meter: Meter) {
    this.meter = meter;
  }
  above(): string {
    return 'above';
  }
  below(): string {
    this.meter.increment('cats.asked');
    return 'below';
  }
}
Inject(Meter)(Cats, undefined, 0);
decorate(Cats.prototype, 'above', Timed() as MethodDecorator, Get('above'));
decorate(Cats.prototype, 'below', Get('below'), Timed('cats.below') as MethodDecorator);
Controller('cats')(Cats);

async function start(module: DynamicModule): Promise<string> {
  class App {}
  Module({ imports: [module], controllers: [Cats] })(App);
  app = await NestFactory.create(App, new ExpressAdapter(), { logger: false });
  await app.listen(0, '127.0.0.1');
  return `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
}

async function get(url: string): Promise<string> {
  return (await fetch(url)).text();
}

describe('RoutemeterModule', () => {
  test('gives the meter to other classes, and times methods with @Timed() above or below the route', async () => {
    const sink = new CaptureSink();
    const url = await start(RoutemeterModule.forRoot({ sink, flushMs: 3_600_000 }));
    expect(await get(`${url}/cats/above`)).toBe('above');
    expect(await get(`${url}/cats/below`)).toBe('below');
    // Nothing else sends: what is there, the shutdown sent.
    expect(sink.lines).toEqual([]);
    await app!.close();
    app = undefined;
    const metrics = readLines(sink.lines);
    expectMetric(metrics, 'http.server.request').times(2);
    expectMetric(metrics, 'http.server.request').withTags({ http_route: '/cats/above' }).times(1);
    expectMetric(metrics, 'Cats.above').withTags({ http_route: '/cats/above' }).times(1);
    expectMetric(metrics, 'cats.below').withTags({ http_route: '/cats/below' }).times(1);
    expectMetric(metrics, 'cats.asked').times(1);
  });

  test('takes options from other providers', async () => {
    const sink = new CaptureSink();
    const PREFIX = Symbol('prefix');
    class Settings {}
    Module({ providers: [{ provide: PREFIX, useValue: 'shop' }], exports: [PREFIX] })(Settings);
    const url = await start(
      RoutemeterModule.forRootAsync({
        imports: [Settings],
        inject: [PREFIX],
        useFactory: async (prefix: string) => ({ sink, prefix, flushMs: 3_600_000 }),
      }),
    );
    await get(`${url}/cats/below`);
    await app!.close();
    app = undefined;
    expectMetric(readLines(sink.lines), 'shop.http.server.request')
      .withTags({ http_route: '/cats/below' })
      .times(1);
  });

  test('leaves a meter that it was given open', async () => {
    const sink = new CaptureSink();
    const meter = createMeter({ sink, flushMs: 3_600_000 });
    const url = await start(RoutemeterModule.forRoot({ meter }));
    await get(`${url}/cats/above`);
    await app!.close();
    app = undefined;
    expectMetric(readLines(sink.lines), 'http.server.request').times(1);
    meter.increment('still.open');
    await meter.flush();
    expectMetric(readLines(sink.lines), 'still.open').times(1);
    await meter.close();
  });

  test('lets wrong options fail when the application is made', async () => {
    const wrong = RoutemeterModule.forRoot({ flushMs: -1 });
    class App {}
    Module({ imports: [wrong] })(App);
    const options = { logger: false, abortOnError: false } as const;
    await expect(NestFactory.create(App, new ExpressAdapter(), options)).rejects.toMatchObject({
      code: 'RM_OPTION_INVALID',
    });
    const none = RoutemeterModule.forRoot({ meter: {} as Meter });
    class Other {}
    Module({ imports: [none] })(Other);
    await expect(NestFactory.create(Other, new ExpressAdapter(), options)).rejects.toThrow(
      /"meter" of RoutemeterModule/,
    );
  });

  test('does its part in an application without HTTP', async () => {
    const sink = new CaptureSink();
    class App {}
    Module({ imports: [RoutemeterModule.forRoot({ sink })] })(App);
    const context = await NestFactory.createApplicationContext(App, { logger: false });
    context.get(Meter).increment('jobs');
    await context.close();
    expectMetric(readLines(sink.lines), 'jobs').times(1);
  });
});
