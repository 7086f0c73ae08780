import { type ContractCase, page } from './cases.ts';

const ok = `import { defineHandler } from 'h3';\nexport default defineHandler((event) => event.context.params ?? {});\n`;

export const NITRO_FILES: Readonly<Record<string, string>> = {
  'nitro.config.mjs': `export default { plugins: ['./plugins/meter.js'] };\n`,
  'plugins/meter.js': `
import { nitroMeter } from 'routemeter/nitro';
export default (app) => { if (process.env.LINE) nitroMeter(app); };
`,
  'routes/index.js': ok,
  'routes/hello/[name].js': ok,
  'routes/api/users/index.js': ok,
  'routes/api/users/[id].get.js': ok,
  'routes/api/users/[id].post.js': `
import { defineHandler } from 'h3';
export default defineHandler((event) => { event.res.status = 201; return 'created'; });
`,
  'routes/files/[...path].js': ok,
  'routes/stream/[id].js': `
const later = (part) => new Promise((tell) => setTimeout(tell, 20, part));
export default () => new ReadableStream({
  async pull(stream) {
    stream.enqueue(new TextEncoder().encode(await later('slow')));
    stream.close();
  },
});
`,
  'routes/go/[id].js': `import { redirect } from 'h3';\nexport default (event) => redirect('/hello/alice', 302);\n`,
  'routes/boom/[id].js': `export default () => { throw new RangeError('boom'); };\n`,
  'public/robots.txt': 'User-agent: *\n',
};

export const nitroCases: readonly ContractCase[] = [
  page('root', '/', '/'),
  page('parameter', '/hello/alice', '/hello/:name'),
  page('encoded', '/hello/%61lice%2Fbob', '/hello/:name'),
  page('head', '/hello/alice', '/hello/:name', 200, { method: 'HEAD' }),
  page('index of a folder', '/api/users', '/api/users'),
  page('method', '/api/users/alice', '/api/users/:id'),
  page('other method', '/api/users/alice', '/api/users/:id', 201, { method: 'POST', body: 'x' }),
  page('rest', '/files/a/b', '/files/**:path'),
  page('slash at the end', '/hello/alice/', '/hello/:name'),
  page('redirect', '/go/alice', '/go/:id', 302),
  page('streamed', '/stream/alice', '/stream/:id'),
  page('a handler throws', '/boom/alice', '/boom/:id', 500),
  page('file', '/robots.txt', 'static'),
  page('file that did not change', '/robots.txt', 'static', 304, {
    headers: { 'If-Modified-Since': 'Fri, 01 Jan 2100 00:00:00 GMT' },
  }),
  page('not found', '/nope/alice', null, 404),
];
