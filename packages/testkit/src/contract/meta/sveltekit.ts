import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
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
export default {
  plugins: [sveltekit({
    adapter: adapter(),
    paths: { origin: 'http://contract' },
    experimental: { remoteFunctions: true },
  })],
};
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
    'stream/[id]',
    `export const load = () => ({ slow: new Promise((tell) => setTimeout(tell, 20, 'slow')) });\n`,
  ),
  ...shown(
    'go/[id]',
    `import { redirect } from '@sveltejs/kit';\nexport const load = ({ params }) => redirect(302, '/blog/' + params.id);\n`,
  ),
  ...shown(
    'act/[id]',
    `export const load = ({ params }) => ({ ...params });\nexport const actions = { default: () => ({ done: true }) };\n`,
  ),
  'src/routes/talk/[id]/words.remote.js': `
import { command, query } from '$app/server';
export const hear = query(() => 'hello');
export const shout = command(() => 'HELLO');
export const fail = command(() => { throw new RangeError('boom'); });
`,
  'src/routes/talk/[id]/+page.svelte': `
<script>
  import { fail, hear, shout } from './words.remote.js';
</script>
<button onclick={() => shout()}>shout</button><button onclick={() => fail()}>fail</button>
<button onclick={() => hear().run()}>hear</button>
`,
  'src/routes/api/things/[id]/+server.js': `
import { json } from '@sveltejs/kit';
export const GET = ({ params }) => json(params);
export const PUT = ({ params }) => json(params, { status: 201 });
`,
  'static/robots.txt': 'User-agent: *\n',
};

/** The same for SvelteKit 2, whose options have a file of their own. */
export const KIT2_FILES: Readonly<Record<string, string>> = {
  ...KIT_FILES,
  'vite.config.js': `
import { sveltekit } from '@sveltejs/kit/vite';
export default { plugins: [sveltekit()] };
`,
  'svelte.config.js': `
import adapter from '@sveltejs/adapter-node';
export default {
  kit: {
    adapter: adapter(),
    experimental: { remoteFunctions: true },
  },
};
`,
  // It has no option for its own origin.
  'start.js': `process.env.ORIGIN = 'http://contract';\nawait import('./build/index.js');\n`,
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
  page('form action', '/act/alice', '/act/[id]', 200, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', Origin: 'http://contract' },
    body: 'a=b',
  }),
  page('form action, refused', '/act/alice', null, 403, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', Origin: 'http://other' },
    body: 'a=b',
  }),
  page('remote function that is not there', '/_app/remote/alice/bob', '/_app/remote/:id', 404),
  page('slash at the end', '/blog/alice/', null, 308),
  page('streamed', '/stream/alice', '/stream/[id]'),
  page('redirect', '/go/alice', '/go/[id]', 302),
  page('load throws', '/boom/alice', '/boom/[id]', 500),
  page('file', '/robots.txt', 'static'),
  page('not found', '/nope/alice', null, 404),
  page('not found, not decodable', '/%ff', null, 400),
];

/** Remote functions as a page calls them, whose addresses are made when the application is built. */
export async function kitRemotes(folder: string): Promise<readonly ContractCase[]> {
  const chunks = await readdir(join(folder, '.svelte-kit/output/server/chunks'));
  const [, hash] = chunks.map((name) => /^remote-(\w+)\.js$/.exec(name)).find((found) => found !== null)!;
  const at = `/_app/remote/${hash}`;
  const headers = {
    'Content-Type': 'application/json',
    'X-Sveltekit-Pathname': '/talk/alice',
    Origin: 'http://contract',
  };
  const ask = { method: 'POST', headers, body: '{"payload":""}' };
  const nowhere = { ...ask, headers: { ...headers, 'X-Sveltekit-Pathname': '/nope/alice' } };
  return [
    page('command', `${at}/shout`, '/talk/[id]', 200, ask),
    // One that throws answers with 200, too, and the error in the body.
    page('command throws', `${at}/fail`, '/talk/[id]', 200, ask),
    page('command, from no page', `${at}/shout`, '/_app/remote/:id', 200, nowhere),
    // It tells no page.
    page('query', `${at}/hear`, '/_app/remote/:id'),
  ];
}

/** In SvelteKit 2 all of them bring the address of their page. */
export async function kit2Remotes(folder: string): Promise<readonly ContractCase[]> {
  const remotes = await kitRemotes(folder);
  const { path } = remotes.find(({ id }) => id === 'query')!;
  const headers = { 'X-Sveltekit-Pathname': '/talk/alice' };
  return [...remotes, page('query from a page', path, '/talk/[id]', 200, { headers })];
}
