import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ContractCase, page } from './cases.ts';

const shows = (path: string) => `
import { createFileRoute } from '@tanstack/react-router';
export const Route = createFileRoute('${path}')({ component: Page });
function Page() { return <p>{JSON.stringify(Route.useParams())}</p>; }
`;

export const START_FILES: Readonly<Record<string, string>> = {
  'vite.config.js': `
import { tanstackStart } from '@tanstack/react-start/plugin/vite';
import viteReact from '@vitejs/plugin-react';
import { nitro } from 'nitro/vite';
import { defineConfig } from 'vite';
export default defineConfig({
  plugins: [tanstackStart({ serverFns: { disableCsrfMiddlewareWarning: true } }), viteReact(), nitro()],
});
`,
  'tsconfig.json': JSON.stringify({
    compilerOptions: { jsx: 'react-jsx', module: 'ESNext', moduleResolution: 'Bundler', target: 'ES2022' },
    include: ['src'],
  }),
  'src/server.ts': `
import handler from '@tanstack/react-start/server-entry';
import { tanstackStartMeter } from 'routemeter/tanstack-start';
export default process.env.LINE ? tanstackStartMeter(handler) : handler;
`,
  'src/router.tsx': `
import { createRouter } from '@tanstack/react-router';
import { routeTree } from './routeTree.gen';
export const getRouter = () => createRouter({
  routeTree,
  defaultNotFoundComponent: () => <p>nothing here</p>,
  defaultErrorComponent: () => <p>failed</p>,
});
`,
  'src/routes/__root.tsx': `
import { createRootRoute, HeadContent, Outlet, Scripts } from '@tanstack/react-router';
export const Route = createRootRoute({ component: Root });
function Root() {
  return <html lang="en"><head><HeadContent /></head><body><Outlet /><Scripts /></body></html>;
}
`,
  'src/routes/index.tsx': shows('/'),
  'src/routes/blog.$slug.tsx': shows('/blog/$slug'),
  'src/routes/files.$.tsx': shows('/files/$'),
  'src/routes/opt.{-$x}.tsx': shows('/opt/{-$x}'),
  'src/routes/_layout.tsx': `
import { createFileRoute, Outlet } from '@tanstack/react-router';
export const Route = createFileRoute('/_layout')({ component: () => <main><Outlet /></main> });
`,
  'src/routes/_layout.team.$id.tsx': shows('/_layout/team/$id'),
  'src/routes/(group)/grouped.$id.tsx': shows('/(group)/grouped/$id'),
  'src/routes/go.$id.tsx': `
import { createFileRoute, redirect } from '@tanstack/react-router';
export const Route = createFileRoute('/go/$id')({
  beforeLoad: () => { throw redirect({ to: '/blog/$slug', params: { slug: 'alice' } }); },
});
`,
  'src/routes/gone.$id.tsx': `
import { createFileRoute, notFound } from '@tanstack/react-router';
export const Route = createFileRoute('/gone/$id')({ loader: () => { throw notFound(); } });
`,
  'src/routes/boom.$id.tsx': `
import { createFileRoute } from '@tanstack/react-router';
export const Route = createFileRoute('/boom/$id')({ loader: () => { throw new RangeError('boom'); } });
`,
  'src/routes/act.$id.tsx': `
import { createFileRoute } from '@tanstack/react-router';
import { createServerFn } from '@tanstack/react-start';
const greet = createServerFn({ method: 'GET' }).handler(() => 'hello');
export const Route = createFileRoute('/act/$id')({ loader: () => greet(), component: () => <p>{Route.useLoaderData()}</p> });
`,
  'src/server/words.ts': `
import { createServerFn } from '@tanstack/react-start';
export const shout = createServerFn({ method: 'POST' }).handler(() => 'HELLO');
export const fail = createServerFn({ method: 'GET' }).handler(() => { throw new RangeError('boom'); });
`,
  'src/routes/words.tsx': `
import { createFileRoute } from '@tanstack/react-router';
import { fail, shout } from '../server/words';
export const Route = createFileRoute('/words')({
  component: () => <><button onClick={() => shout()} /><button onClick={() => fail()} /></>,
});
`,
  'src/routes/api/things.$id.ts': `
import { createFileRoute } from '@tanstack/react-router';
export const Route = createFileRoute('/api/things/$id')({
  server: {
    handlers: {
      GET: ({ params }) => Response.json(params),
      POST: ({ params }) => Response.json(params, { status: 201 }),
    },
  },
});
`,
  'public/robots.txt': 'User-agent: *\n',
};

export const startCases: readonly ContractCase[] = [
  page('page', '/', '/'),
  page('parameter', '/blog/alice', '/blog/$slug'),
  page('head', '/blog/alice', '/blog/$slug', 200, { method: 'HEAD' }),
  page('rest', '/files/a/b', '/files/$'),
  page('optional, absent', '/opt', '/opt/{-$x}'),
  page('optional, given', '/opt/alice', '/opt/{-$x}'),
  page('layout without a path', '/team/alice', '/team/$id'),
  page('group', '/grouped/alice', '/grouped/$id'),
  page('server function in a loader', '/act/alice', '/act/$id'),
  page('server function that is not there', '/_serverFn/alice', '/_serverFn/:id', 500, {
    headers: { 'Sec-Fetch-Site': 'same-origin' },
  }),
  page('server function, refused', '/_serverFn/alice', null, 403, {
    headers: { 'Sec-Fetch-Site': 'cross-site' },
  }),
  page('server route', '/api/things/alice', '/api/things/$id'),
  page('server route, post', '/api/things/alice', '/api/things/$id', 201, { method: 'POST', body: 'x' }),
  page('slash at the end', '/blog/alice/', '/blog/$slug', 307),
  page('redirect', '/go/alice', '/go/$id', 307),
  page('not found by a page', '/gone/alice', '/gone/$id', 404),
  page('a loader throws', '/boom/alice', '/boom/$id', 500),
  page('address without a host', '//alice.example/', null, 308),
  page('file', '/robots.txt', 'static'),
  page('file that did not change', '/robots.txt', 'static', 304, {
    headers: { 'If-Modified-Since': 'Fri, 01 Jan 2100 00:00:00 GMT' },
  }),
  page('not found', '/nope/alice', null, 404),
];

/** Server functions as a browser calls them, whose ids are made when the application is built. */
export async function startFunctions(folder: string): Promise<readonly ContractCase[]> {
  const built = join(folder, '.output/server/_ssr');
  const texts = await Promise.all((await readdir(built)).map((name) => readFile(join(built, name), 'utf8')));
  const registered = /\bid: "([^"]+)",\s+name: "(\w+)",\s+filename: "([^"]+)"/g;
  return texts
    .flatMap((text) => [...text.matchAll(registered)])
    .map(([, id, name = '', filename = '']) => {
      const module = filename.slice('src/'.length, filename.lastIndexOf('.'));
      const headers = { 'X-Tsr-Serverfn': 'true', 'Sec-Fetch-Site': 'same-origin' };
      const ask = name === 'shout' ? { method: 'POST', headers, body: '' } : { headers };
      // One that throws answers with 200, too, and the error in the body.
      return page(`server function ${name}`, `/_serverFn/${id}`, `/_serverFn/${module}/${name}`, 200, ask);
    });
}
