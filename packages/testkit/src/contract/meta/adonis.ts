import { type ContractCase, page } from './cases.ts';

const IGNITOR = `
import { Ignitor } from '@adonisjs/core';
const ROOT = new URL('../', import.meta.url);
const importer = (path: string) => import(path.startsWith('.') ? new URL(path, ROOT).href : path);
`;

export const ADONIS_FILES: Readonly<Record<string, string>> = {
  'ace.js': `
import '@poppinss/ts-exec';
await import('./bin/console.js');
`,
  'adonisrc.ts': `
import { defineConfig } from '@adonisjs/core/app';
export default defineConfig({
  commands: [() => import('@adonisjs/core/commands')],
  providers: [
    () => import('@adonisjs/core/providers/app_provider'),
    () => import('@adonisjs/static/static_provider'),
    ...(process.env.LINE ? [() => import('routemeter/adonis')] : []),
  ],
  preloads: [() => import('./start/kernel.js'), () => import('./start/routes.js')],
  metaFiles: [{ pattern: 'public/**', reloadServer: false }],
});
`,
  'tsconfig.json': JSON.stringify({
    compilerOptions: {
      target: 'ESNext',
      module: 'NodeNext',
      moduleResolution: 'NodeNext',
      lib: ['ESNext'],
      outDir: './build',
      rootDir: './',
      esModuleInterop: true,
      skipLibCheck: true,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
      types: ['node'],
      strict: true,
    },
    exclude: ['node_modules', 'build'],
  }),
  'bin/console.ts': `${IGNITOR}await new Ignitor(ROOT, { importer }).ace().handle(process.argv.splice(2));\n`,
  'bin/server.ts': `${IGNITOR}
await new Ignitor(ROOT, { importer })
  .tap((app) => app.listen('SIGTERM', () => app.terminate()))
  .httpServer()
  .start();
`,
  'config/app.ts': `
import { defineConfig } from '@adonisjs/core/http';
export const http = defineConfig({});
`,
  'config/encryption.ts': `
import { defineConfig, drivers } from '@adonisjs/core/encryption';
export default defineConfig({
  default: 'app',
  list: { app: drivers.aes256gcm({ id: 'app', keys: ['a secret of this application alone'] }) },
});
`,
  'config/logger.ts': `
import { defineConfig } from '@adonisjs/core/logger';
export default defineConfig({ default: 'app', loggers: { app: { enabled: false } } });
`,
  'config/static.ts': `
import { defineConfig } from '@adonisjs/static';
export default defineConfig({ enabled: true });
`,
  'app/exceptions/handler.ts': `
import { ExceptionHandler, type HttpContext } from '@adonisjs/core/http';
export default class HttpExceptionHandler extends ExceptionHandler {
  protected debug = process.env.NODE_ENV === 'development';
  async report(_error: unknown, _ctx: HttpContext) {}
}
`,
  'app/controllers/things_controller.ts': `
import type { HttpContext } from '@adonisjs/core/http';
export default class ThingsController {
  show({ params }: HttpContext) { return params; }
  async boom(_ctx: HttpContext) { throw new RangeError('boom'); }
}
`,
  'app/middleware/door_middleware.ts': `
import type { HttpContext } from '@adonisjs/core/http';
import type { NextFn } from '@adonisjs/core/types/http';
export default class DoorMiddleware {
  handle({ request, response }: HttpContext, next: NextFn) {
    if (request.url().startsWith('/secret/')) return response.unauthorized('who?');
    return next();
  }
}
`,
  'start/kernel.ts': `
import server from '@adonisjs/core/services/server';
server.errorHandler(() => import('../app/exceptions/handler.js'));
server.use([
  () => import('@adonisjs/static/static_middleware'),
  () => import('../app/middleware/door_middleware.js'),
]);
`,
  'start/routes.ts': `
import { Readable } from 'node:stream';
import router from '@adonisjs/core/services/router';
const Things = () => import('../app/controllers/things_controller.js');
router.get('/', () => 'home');
router.get('/users/:id', ({ params }) => params);
router.post('/users/:id', ({ response }) => response.created('made'));
router.get('/opt/:x?', ({ params }) => params);
router.get('/files/*', ({ params }) => params);
router.group(() => {
  router.get('/things/:id', [Things, 'show']);
  router.get('/boom/:id', [Things, 'boom']);
}).prefix('/orgs/:org');
router.get('/go/:id', ({ response }) => response.redirect('/users/1'));
router.get('/nocontent/:id', ({ response }) => response.noContent());
router.get('/stream/:id', ({ response }) => response.stream(Readable.from(['one ', 'two'])));
router.get('/boom/:id', () => { throw new RangeError('boom'); });
`,
  'public/robots.txt': 'User-agent: *\n',
};

export const adonisCases: readonly ContractCase[] = [
  page('root', '/', '/'),
  page('parameter', '/users/alice', '/users/:id'),
  page('encoded', '/users/%61lice%2Fbob', '/users/:id'),
  page('post', '/users/alice', '/users/:id', 201, { method: 'POST', body: 'x' }),
  page('head', '/users/alice', '/users/:id', 200, { method: 'HEAD' }),
  page('slash at the end', '/users/alice/', '/users/:id'),
  page('optional, absent', '/opt', '/opt/:x?'),
  page('optional, given', '/opt/alice', '/opt/:x?'),
  page('rest', '/files/a/b', '/files/*'),
  page('controller in a group', '/orgs/acme/things/7', '/orgs/:org/things/:id'),
  page('redirect', '/go/alice', '/go/:id', 302),
  page('no content', '/nocontent/alice', '/nocontent/:id', 204),
  page('streamed', '/stream/alice', '/stream/:id'),
  page('a handler throws', '/boom/alice', '/boom/:id', 500),
  page('a controller throws', '/orgs/acme/boom/7', '/orgs/:org/boom/:id', 500),
  page('answered by a middleware', '/secret/alice', null, 401),
  page('file', '/robots.txt', 'static'),
  page('not found', '/nope/alice', null, 404),
  page('not decodable', '/users/%ff', null, 400),
];
