import { type ContractCase, page } from './cases.ts';

const shows = (param: string) => `---\nconst { ${param} } = Astro.params;\n---\n<p>{${param}}</p>\n`;

export const ASTRO_FILES: Readonly<Record<string, string>> = {
  'astro.config.mjs': `
import node from '@astrojs/node';
import { defineConfig } from 'astro/config';
import { astroMeter } from 'routemeter/astro';
export default defineConfig({
  output: 'server',
  adapter: node({ mode: 'standalone' }),
  integrations: [astroMeter()],
});
`,
  'src/pages/index.astro': '<p>home</p>\n',
  'src/pages/blog/[slug].astro': shows('slug'),
  'src/pages/files/[...path].astro': shows('path'),
  'src/pages/boom/[id].astro': `---\nthrow new RangeError('boom');\n---\n<p>never</p>\n`,
  'src/pages/go/[id].astro': `---\nreturn Astro.redirect('/blog/alice');\n---\n`,
  'src/components/Slow.astro': `---
await new Promise((resolve) => setTimeout(resolve, 20));
---
<p>slow</p>
`,
  'src/pages/stream/[id].astro': `---
import Slow from '../../components/Slow.astro';
---
<p>first</p><Slow />
`,
  'src/pages/made.astro': `---\nexport const prerender = true;\n---\n<p>made when it was built</p>\n`,
  'src/pages/api/[id].js': `
export const GET = ({ params }) => Response.json(params);
export const POST = ({ params }) => Response.json(params, { status: 201 });
`,
  'src/actions/index.js': `
import { defineAction } from 'astro:actions';
export const server = { greet: defineAction({ accept: 'form', handler: () => 'hello' }) };
`,
  'src/pages/act/[id].astro': `---
import { actions } from 'astro:actions';
const result = Astro.getActionResult(actions.greet);
---
<form method="POST" action={actions.greet}><p>{result?.data}</p></form>
`,
  'public/robots.txt': 'User-agent: *\n',
};

const form = {
  method: 'POST',
  headers: { 'Content-Type': 'application/x-www-form-urlencoded', Origin: 'http://contract' },
  body: 'a=b',
};

export const astroCases: readonly ContractCase[] = [
  page('page', '/', '/'),
  page('parameter', '/blog/alice', '/blog/[slug]'),
  page('head', '/blog/alice', '/blog/[slug]', 200, { method: 'HEAD' }),
  page('rest', '/files/a/b', '/files/[...path]'),
  page('endpoint', '/api/alice', '/api/[id]'),
  page('endpoint, post', '/api/alice', '/api/[id]', 201, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{}',
  }),
  page('action of a form', '/act/alice?_action=greet', '/act/[id]', 200, form),
  page('action, as a script calls it', '/_actions/greet', '/_actions/[...path]', 200, form),
  page('action that is not there', '/_actions/alice', '/_actions/[...path]', 404, form),
  page('action, refused', '/act/alice?_action=greet', null, 403, {
    ...form,
    headers: { ...form.headers, Origin: 'http://other' },
  }),
  page('slash at the end', '/blog/alice/', '/blog/[slug]'),
  page('streamed', '/stream/alice', '/stream/[id]'),
  page('redirect', '/go/alice', '/go/[id]', 302),
  page('a page throws', '/boom/alice', '/boom/[id]', 500),
  page('page made when it was built', '/made', 'static'),
  page('file', '/robots.txt', 'static'),
  page('not found', '/nope/alice', null, 404),
];
