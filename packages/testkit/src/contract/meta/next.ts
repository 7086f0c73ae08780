import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ContractCase, page } from './cases.ts';

const shows = (param: string, text: string) => `
export default async function Page({ params }) {
  const { ${param} } = await params;
  return <p>${text} {String(${param})}</p>;
}
`;

export const NEXT_FILES: Readonly<Record<string, string>> = {
  'next.config.mjs': `
export default {
  async rewrites() { return [{ source: '/journal/:slug', destination: '/blog/:slug' }]; },
  async redirects() { return [{ source: '/away/:id', destination: '/blog/:id', permanent: false }]; },
};
`,
  'instrumentation.js': `
export async function register() {
  if (process.env.NEXT_RUNTIME === 'nodejs' && process.env.LINE) (await import('routemeter/next')).register();
}
`,
  'proxy.js': `
import { NextResponse } from 'next/server';
export function proxy() { return new NextResponse('who?', { status: 401 }); }
export const config = { matcher: '/secret/:path*' };
`,
  'app/layout.js':
    'export default function Layout({ children }) { return <html><body>{children}</body></html>; }\n',
  'app/page.js': 'export default function Page() { return <p>home</p>; }\n',
  'app/blog/layout.js': 'export default function Layout({ children }) { return <main>{children}</main>; }\n',
  'app/blog/[slug]/page.js': shows('slug', 'blog'),
  'app/shop/[[...rest]]/page.js': shows('rest', 'shop'),
  'app/docs/[...path]/page.js': shows('path', 'docs'),
  'app/(group)/grouped/[id]/page.js': shows('id', 'grouped'),
  'app/gone/[id]/page.js': `
import { notFound } from 'next/navigation';
export default async function Page({ params }) { await params; notFound(); }
`,
  'app/go/[id]/page.js': `
import { redirect } from 'next/navigation';
export default async function Page({ params }) { redirect('/blog/' + (await params).id); }
`,
  'app/boom/[id]/page.js': `
export const dynamic = 'force-dynamic';
export default async function Page() { throw new RangeError('boom'); }
`,
  'app/stream/[id]/page.js': `
import { Suspense } from 'react';
async function Slow({ params }) {
  const { id } = await params;
  await new Promise((resolve) => setTimeout(resolve, 20));
  return <p>slow {id}</p>;
}
export default function Page({ params }) { return <Suspense fallback={<p>wait</p>}><Slow params={params} /></Suspense>; }
`,
  'app/act/[id]/actions.js': `
'use server';
export async function greet(name) { return 'hello ' + name; }
export async function fail() { throw new RangeError('boom'); }
`,
  'app/act/[id]/form.js': `
'use client';
import { fail, greet } from './actions.js';
export default function Form() { return <><button onClick={() => greet('bob')} /><button onClick={() => fail()} /></>; }
`,
  'app/act/[id]/page.js': `
import Form from './form.js';
export const dynamic = 'force-dynamic';
export default async function Page({ params }) { await params; return <Form />; }
`,
  'app/api/things/[id]/route.js': `
export async function GET(_request, { params }) { return Response.json(await params); }
export async function POST(_request, { params }) { return Response.json(await params, { status: 201 }); }
`,
  'pages/old/[id].js': `
export async function getServerSideProps({ params }) { return { props: { id: params.id } }; }
export default function Page({ id }) { return <p>old {id}</p>; }
`,
  'pages/ssg/[id].js': `
export async function getStaticPaths() { return { paths: [{ params: { id: 'one' } }], fallback: 'blocking' }; }
export async function getStaticProps({ params }) { return { props: { id: params.id } }; }
export default function Page({ id }) { return <p>ssg {id}</p>; }
`,
  'pages/api/user/[id].js': `
export default function handler(request, response) {
  if (request.query.id === 'bad') throw new TypeError('bad');
  response.json(request.query);
}
`,
  'public/robots.txt': 'User-agent: *\n',
};

export const nextCases: readonly ContractCase[] = [
  page('page', '/', '/'),
  page('dynamic', '/blog/alice', '/blog/[slug]'),
  page('data of a page', '/blog/alice?_rsc=1abcd', '/blog/[slug]'),
  page('data, as its router asks', '/blog/alice?_rsc=1abcd', '/blog/[slug]', 200, { headers: { RSC: '1' } }),
  page('head', '/blog/alice', '/blog/[slug]', 200, { method: 'HEAD' }),
  page('optional rest, absent', '/shop', '/shop/[[...rest]]'),
  page('optional rest, given', '/shop/a/b', '/shop/[[...rest]]'),
  page('rest', '/docs/a/b', '/docs/[...path]'),
  page('group', '/grouped/alice', '/grouped/[id]'),
  page('not found by a page', '/gone/alice', '/gone/[id]', 404),
  page('redirect by a page', '/go/alice', '/go/[id]', 307),
  page('a page throws', '/boom/alice', '/boom/[id]', 500),
  page('streamed', '/stream/alice', '/stream/[id]'),
  page('route handler', '/api/things/alice', '/api/things/[id]'),
  page('route handler, post', '/api/things/alice', '/api/things/[id]', 201, { method: 'POST', body: 'x' }),
  page('method without a handler', '/api/things/alice', '/api/things/[id]', 405, { method: 'DELETE' }),
  page('pages router', '/old/alice', '/old/[id]'),
  page('static page of it', '/ssg/one', '/ssg/[id]'),
  page('API of it', '/api/user/alice', '/api/user/[id]'),
  page('API of it throws', '/api/user/bad', '/api/user/[id]', 500),
  page('rewritten', '/journal/alice', '/blog/[slug]'),
  page('redirected by the configuration', '/away/alice', null, 307),
  page('slash at the end', '/blog/alice/', null, 308),
  page('answered by the middleware', '/secret/alice', null, 401),
  page('file', '/robots.txt', 'static'),
  page('no such file', '/_next/static/nope.js', null, 404),
  page('not found', '/nope/alice', null, 404),
  page('not found, not decodable', '/%ff', null, 404),
];

/** Server actions, whose ids are made when the application is built. */
export async function nextActions(folder: string): Promise<readonly ContractCase[]> {
  const manifest = await readFile(join(folder, '.next/server/server-reference-manifest.json'), 'utf8');
  const { node } = JSON.parse(manifest) as { node: Record<string, { exportedName?: string }> };
  const ask = (id: string) => ({
    method: 'POST',
    headers: { 'Next-Action': id, 'Content-Type': 'text/plain;charset=UTF-8', Origin: 'http://contract' },
    body: '["bob"]',
  });
  const known = Object.keys(node)
    .sort()
    .map((id, index) => page(`server action ${index}`, '/act/alice', '/act/[id]', 200, ask(id)));
  return [
    ...known,
    page('server action that is not there', '/act/alice', '/act/[id]', 404, ask('4'.repeat(42))),
  ];
}
