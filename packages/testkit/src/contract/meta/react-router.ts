import { type ContractCase, page } from './cases.ts';

const shows = `
export const loader = ({ params }) => params;
export default function Page({ loaderData }) { return <p>{JSON.stringify(loaderData)}</p>; }
`;

export const ROUTER_FILES: Readonly<Record<string, string>> = {
  'vite.config.js': `
import { reactRouter } from '@react-router/dev/vite';
export default { plugins: [reactRouter()] };
`,
  'react-router.config.js': 'export default { ssr: true };\n',
  'app/entry.server.jsx': `
import { renderToString } from 'react-dom/server';
import { ServerRouter } from 'react-router';
import { reactRouterMeter } from 'routemeter/react-router';
export default function handleRequest(request, status, headers, context) {
  headers.set('Content-Type', 'text/html');
  const html = renderToString(<ServerRouter context={context} url={request.url} />);
  return new Response('<!doctype html>' + html, { status, headers });
}
export const instrumentations = process.env.LINE ? [reactRouterMeter()] : [];
`,
  'app/root.jsx': `
import { Outlet, Scripts } from 'react-router';
export default function Root() { return <html lang="en"><body><Outlet /><Scripts /></body></html>; }
export function ErrorBoundary() { return <html lang="en"><body>failed</body></html>; }
`,
  'app/routes.js': `
import { index, layout, prefix, route } from '@react-router/dev/routes';
export default [
  index('./home.jsx'),
  route('blog/:slug', './blog.jsx'),
  route('files/*', './files.jsx'),
  route('opt/:x?', './opt.jsx'),
  layout('./layout.jsx', [...prefix('team', [route(':id', './team.jsx')])]),
  route('api/:id', './api.js'),
  route('go/:id', './go.js'),
  route('boom/:id', './boom.jsx'),
  route('act/:id', './act.jsx'),
  route('late/:id', './late.jsx'),
];
`,
  ...Object.fromEntries(['home', 'blog', 'files', 'opt', 'team'].map((name) => [`app/${name}.jsx`, shows])),
  'app/layout.jsx': `
import { Outlet } from 'react-router';
export default function Layout() { return <main><Outlet /></main>; }
`,
  'app/api.js': 'export const loader = ({ params }) => Response.json(params);\n',
  'app/go.js': `
import { redirect } from 'react-router';
export const loader = ({ params }) => redirect('/blog/' + params.id);
`,
  'app/boom.jsx': `
export const loader = () => { throw new RangeError('boom'); };
export default function Page() { return null; }
`,
  'app/late.jsx': `
export const loader = async () => { await null; throw new RangeError('boom'); };
export default function Page() { return null; }
`,
  'app/act.jsx': `
export const action = ({ params }) => params;
export default function Page({ actionData }) { return <p>{JSON.stringify(actionData)}</p>; }
`,
  'public/robots.txt': 'User-agent: *\n',
};

const form = {
  method: 'POST',
  headers: { 'Content-Type': 'application/x-www-form-urlencoded', Origin: 'http://contract' },
  body: 'a=b',
};

export const routerCases: readonly ContractCase[] = [
  page('page', '/', '/'),
  page('parameter', '/blog/alice', '/blog/:slug'),
  page('data of a page', '/blog/alice.data', '/blog/:slug'),
  page('data of the first page', '/_.data', '/'),
  page('data of one route', '/blog/alice.data?_routes=blog', '/blog/:slug'),
  page('data, redirected', '/go/alice.data', '/go/:id', 202),
  page('data, not found', '/nope/alice.data', null, 404),
  page('action', '/act/alice', '/act/:id', 200, form),
  page('action, as its router asks', '/act/alice.data', '/act/:id', 200, form),
  page('routes behind links', '/__manifest?paths=%2Fblog%2Falice&version=none', '/__manifest', 204),
  page('slash at the end', '/blog/alice/', '/blog/:slug'),
  page('head', '/blog/alice', '/blog/:slug', 200, { method: 'HEAD' }),
  page('rest', '/files/a/b', '/files/*'),
  page('optional, absent', '/opt', '/opt/:x?'),
  page('optional, given', '/opt/alice', '/opt/:x?'),
  page('nested layout', '/team/alice', '/team/:id'),
  page('resource', '/api/alice', '/api/:id'),
  page('redirect', '/go/alice', '/go/:id', 302),
  page('a loader throws', '/boom/alice', '/boom/:id', 500),
  page('data, a loader throws', '/boom/alice.data', '/boom/:id', 500),
  page('data, a loader throws later', '/late/alice.data', '/late/:id', 500),
  page('file', '/robots.txt', 'static'),
  page('not found', '/nope/alice', null, 404),
];
