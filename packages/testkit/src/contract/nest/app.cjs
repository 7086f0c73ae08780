'use strict';

// The applications of the contract for NestJS. Written in plain JavaScript, with decorators applied
// by hand, so that every Node runs them as they are.

const { Readable } = require('node:stream');

/** Applies decorators to a method as TypeScript does: the last one first. */
function method(target, key, decorators, params = []) {
  for (const [index, decorator] of params.entries()) decorator(target.prototype, key, index);
  const descriptor = Object.getOwnPropertyDescriptor(target.prototype, key);
  for (const decorator of [...decorators].reverse()) decorator(target.prototype, key, descriptor);
  Object.defineProperty(target.prototype, key, descriptor);
}

/** A class of controllers from a table: name, decorators, function of the parameters and the response. */
function controller({ Controller, Param, Res }, options, routes) {
  const made = class {};
  for (const [key, decorators, run, usesResponse] of routes) {
    // Nest keeps the path on the function: each route has its own.
    const value = (...given) => run(...given);
    Object.defineProperty(made.prototype, key, { value, writable: true, configurable: true });
    method(made, key, decorators, usesResponse ? [Param(), Res()] : [Param()]);
  }
  Controller(options)(made);
  return made;
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const ok = (params) => ({ params });

function controllers({ common, rxjs, platform }) {
  const { All, Get, Header, HttpCode, Param, ParseIntPipe, Post, Put, Redirect, Sse } = common;
  const { GoneException, HttpException, StreamableFile, UnauthorizedException } = common;
  const guard = {
    canActivate(context) {
      if (context.switchToHttp().getRequest().headers.authorization) return true;
      throw new UnauthorizedException();
    },
  };
  class Teapot extends Error {}
  const TeapotFilter = class {
    catch(_error, host) {
      host.switchToHttp().getResponse().status(418).send('teapot');
    }
  };
  common.Catch(Teapot)(TeapotFilter);
  class Handed extends RangeError {}
  const HandedFilter = class {
    catch({ answer }, host) {
      const response = host.switchToHttp().getResponse();
      if (answer > 0) response.status(answer).send('handled');
      else response.hijack?.();
    }
  };
  common.Catch(Handed)(HandedFilter);
  const failing = { intercept: () => rxjs.throwError(() => new TypeError('interceptor broke')) };

  const things = controller(common, undefined, [
    ['root', [Get()], ok],
    ['user', [Get('users/:id')], ok],
    ['makeUser', [Post('users/:id')], () => 'made'],
    // find-my-way has wildcards without a name.
    ['files', [Get(platform === 'express' ? 'files/*path' : 'files/*')], () => 'file'],
    ['multiGet', [Get('multi/:id')], ok],
    ['multiPut', [Put('multi/:id')], ok],
    ['all', [All('all/:id')], ok],
    ['aliases', [Get(['alias/one/:id', 'alias/two/:id'])], ok],
    ['postOnly', [Post('postonly/:id')], ok],
    [
      'boom',
      [Get('boom/:id')],
      () => {
        throw new RangeError('boom');
      },
    ],
    [
      'reject',
      [Get('reject/:id')],
      async () => {
        await null;
        throw new RangeError('rejected');
      },
    ],
    [
      'unavailable',
      [Get('status/:id')],
      () => {
        throw new HttpException('no', 503);
      },
    ],
    [
      'gone',
      [Get('gone/:id')],
      () => {
        throw new GoneException();
      },
    ],
    [
      'teapot',
      [Get('teapot/:id'), common.UseFilters(new TeapotFilter())],
      () => {
        throw new Teapot('short and stout');
      },
    ],
    ...[200, 404, 0].map((answer) => [
      `handed${answer}`,
      [Get(`handed/${answer}/:id`), common.UseFilters(new HandedFilter())],
      () => {
        throw Object.assign(new Handed('handed on'), { answer });
      },
    ]),
    ['secure', [Get('secure/thing/:id'), common.UseGuards(guard)], ok],
    ['broken', [Get('intercepted/:id'), common.UseInterceptors(failing)], ok],
    ['old', [Get('old/:id'), Redirect('/users/1', 302)], () => undefined],
    ['nothing', [Get('nocontent/:id'), HttpCode(204)], () => undefined],
    [
      'slow',
      [Get('slow/:id')],
      async () => {
        await wait(40);
        return 'slow';
      },
    ],
    ['never', [Get('never/:id')], () => new Promise(() => {})],
    [
      'sse',
      [Sse('sse/:chan')],
      () =>
        rxjs.interval(5).pipe(
          rxjs.take(2),
          rxjs.map((count) => ({ data: `event ${count}` })),
        ),
    ],
    [
      'stream',
      [Get('stream/:id'), Header('Content-Type', 'text/plain')],
      () => new StreamableFile(Readable.from(['some ', 'text'])),
    ],
    [
      'partial',
      [Get('partial/:id')],
      () => {
        const stream = new Readable({ read() {} });
        stream.push('some');
        return new StreamableFile(stream);
      },
    ],
    ['byHand', [Get('by-hand/:id')], (_params, response) => response.status(202).send('by hand'), true],
    ['guarded', [Get('closed/thing/:id')], ok],
    ['exact', [Get('exact')], ok],
  ]);
  const lists = controller(
    common,
    ['arr/a', 'arr/b'],
    [
      ['one', [Get(':id')], ok],
      ['root', [Get()], ok],
    ],
  );
  const schema = class {
    one(n) {
      return { n };
    }
  };
  method(schema, 'one', [Get(':n')], [Param('n', ParseIntPipe)]);
  common.Controller('schema')(schema);
  const deep = controller(common, 'deep/:n', [['leaf', [Get('leaf')], ok]]);
  return { things, lists, schema, deep };
}

/** An application with nested modules, middleware and everything a controller can do. */
async function makeApp({ common, core, rxjs, platform, adapter }, imports) {
  const { things, lists, schema, deep } = controllers({ common, rxjs, platform });
  class Deep {}
  common.Module({ controllers: [deep] })(Deep);
  class App {
    configure(consumer) {
      consumer.apply((_req, _res, next) => next()).forRoutes('{*any}');
      consumer
        .apply((req, res, next) => {
          if (req.headers.authorization) return next();
          res.statusCode = 403;
          res.end('closed');
        })
        .forRoutes({ path: 'closed/*any', method: common.RequestMethod.GET });
      consumer
        .apply((req, res, next) => (req.headers['x-answer'] ? res.end('by a middleware') : next()))
        .forRoutes({ path: 'exact', method: common.RequestMethod.ALL });
    }
  }
  const routes = [{ path: 'v1', children: [{ path: 'api', module: Deep }] }];
  common.Module({
    imports: [...imports, Deep, core.RouterModule.register(routes)],
    controllers: [things, lists, schema],
  })(App);
  return core.NestFactory.create(App, adapter(), { logger: false });
}

/** An application with a prefix for all of its routes but one, and versions in its paths. */
async function makePrefixed({ common, core, adapter }, imports) {
  const { Get } = common;
  const cats = controller(common, { path: 'cats', version: ['1', '2'] }, [['one', [Get(':id')], ok]]);
  const dogs = controller(common, { path: 'dogs', version: common.VERSION_NEUTRAL }, [
    ['one', [Get(':id')], ok],
  ]);
  const health = controller(common, { path: 'health', version: common.VERSION_NEUTRAL }, [
    ['health', [Get()], ok],
  ]);
  class App {}
  common.Module({ imports, controllers: [cats, dogs, health] })(App);
  const app = await core.NestFactory.create(App, adapter(), { logger: false });
  app.setGlobalPrefix('api', { exclude: ['health'] });
  app.enableVersioning({ type: common.VersioningType.URI });
  return app;
}

/** An application whose version is a header. */
async function makeVersioned({ common, core, adapter }, imports) {
  const { Get } = common;
  const first = controller(common, { path: 'cats', version: '1' }, [['one', [Get(':id')], ok]]);
  const second = controller(common, { path: 'cats', version: '2' }, [['two', [Get(':name')], ok]]);
  class App {}
  common.Module({ imports, controllers: [first, second] })(App);
  const app = await core.NestFactory.create(App, adapter(), { logger: false });
  app.enableVersioning({ type: common.VersioningType.HEADER, header: 'x-version' });
  return app;
}

module.exports = { MAKERS: { plain: makeApp, prefixed: makePrefixed, versioned: makeVersioned } };
