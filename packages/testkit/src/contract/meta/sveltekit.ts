import { type ContractCase, page } from './cases.ts';

const view = '<script>\n  let { data } = $props();\n</script>\n<p>{JSON.stringify(data)}</p>\n';
const load = 'export const load = ({ params }) => ({ ...params });\n';
const shown = (folder: string, server = load): Record<string, string> => ({
  [`src/routes/${folder}/+page.svelte`]: view,
  [`src/routes/${folder}/+page.server.js`]: server,
});

export const KIT_FILES: Readonly<Record<string, string>> = {
  'vite.config.js': `
import adapter from '@sveltejs/adapter-node';
import { sveltekit } from '@sveltejs/kit/vite';
export default { plugins: [sveltekit({ adapter: adapter() })] };
`,
  'src/app.html': '<!doctype html><html><head>%sveltekit.head%</head><body>%sveltekit.body%</body></html>\n',
  'src/hooks.server.js': `
import { sveltekitMeter } from 'routemeter/sveltekit';
export const handle = process.env.LINE ? sveltekitMeter() : ({ event, resolve }) => resolve(event);
export const handleError = () => ({ message: 'failed' });
`,
  'src/routes/+page.svelte': '<p>home</p>\n',
  'src/routes/blog/+layout.svelte':
    '<script>\n  let { children } = $props();\n</script>\n<main>{@render children()}</main>\n',
  ...shown('blog/[slug]'),
  ...shown('files/[...path]'),
  ...shown('opt/[[x]]'),
  ...shown('(group)/grouped/[id]'),
  ...shown('boom/[id]', `export const load = () => { throw new RangeError('boom'); };\n`),
  ...shown(
    'go/[id]',
    `import { redirect } from '@sveltejs/kit';\nexport const load = ({ params }) => redirect(302, '/blog/' + params.id);\n`,
  ),
  ...shown(
    'act/[id]',
    `export const load = ({ params }) => ({ ...params });\nexport const actions = { default: () => ({ done: true }) };\n`,
  ),
  'src/routes/api/things/[id]/+server.js': `
import { json } from '@sveltejs/kit';
export const GET = ({ params }) => json(params);
export const PUT = ({ params }) => json(params, { status: 201 });
`,
  'static/robots.txt': 'User-agent: *\n',
};

export const kitCases: readonly ContractCase[] = [
  page('page', '/', '/'),
  page('parameter', '/blog/alice', '/blog/[slug]'),
  page('data of a page', '/blog/alice/__data.json', '/blog/[slug]'),
  page('head', '/blog/alice', '/blog/[slug]', 200, { method: 'HEAD' }),
  page('rest', '/files/a/b', '/files/[...path]'),
  page('optional, absent', '/opt', '/opt/[[x]]'),
  page('optional, given', '/opt/alice', '/opt/[[x]]'),
  page('group', '/grouped/alice', '/(group)/grouped/[id]'),
  page('endpoint', '/api/things/alice', '/api/things/[id]'),
  page('endpoint, put', '/api/things/alice', '/api/things/[id]', 201, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json' },
    body: '{}',
  }),
  page('method without a handler', '/api/things/alice', '/api/things/[id]', 405, {
    method: 'PATCH',
    headers: { 'Content-Type': 'application/json' },
    body: '{}',
  }),
  page('redirect', '/go/alice', '/go/[id]', 302),
  page('load throws', '/boom/alice', '/boom/[id]', 500),
  page('file', '/robots.txt', 'static'),
  page('not found', '/nope/alice', null, 404),
  page('not found, not decodable', '/%ff', null, 400),
];
