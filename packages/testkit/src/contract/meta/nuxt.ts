import { type ContractCase, page } from './cases.ts';

const shows = '<template><p>{{ $route.params }}</p></template>\n';

export const NUXT_FILES: Readonly<Record<string, string>> = {
  'nuxt.config.ts': `
export default defineNuxtConfig({
  compatibilityDate: '2025-07-15',
  telemetry: false,
  devtools: { enabled: false },
  modules: ['routemeter/nuxt'],
  routeRules: { '/kept/**': { swr: 600 } },
});
`,
  'app/app.vue': '<template><NuxtPage /></template>\n',
  'app/pages/index.vue': '<template><p>home</p></template>\n',
  'app/pages/blog/[slug].vue': shows,
  'app/pages/kept/[id].vue': shows,
  'app/pages/boom/[id].vue': `<script setup>\nthrow new RangeError('boom');\n</script>\n<template><p /></template>\n`,
  'app/pages/go/[id].vue': `<script setup>\nawait navigateTo('/blog/alice');\n</script>\n<template><p /></template>\n`,
  'app/error.vue': '<template><p>failed</p></template>\n',
  'app/pages/docs/[...path].vue': shows,
  'app/pages/opt/[[x]].vue': shows,
  'app/pages/(group)/grouped/[id].vue': shows,
  'server/api/things/[id].get.ts': 'export default defineEventHandler((event) => event.context.params);\n',
  'server/api/boom.ts': `export default defineEventHandler(() => { throw new RangeError('boom'); });\n`,
  'public/robots.txt': 'User-agent: *\n',
};

export const nuxtCases: readonly ContractCase[] = [
  page('page', '/', '/'),
  page('parameter', '/blog/alice', '/blog/:slug()'),
  page('head', '/blog/alice', '/blog/:slug()', 200, { method: 'HEAD' }),
  page('slash at the end', '/blog/alice/', '/blog/:slug()'),
  // Nitro answers it by the rule for it, and asks no page.
  page('kept', '/kept/alice', '/kept/**'),
  page('data of a kept page', '/kept/alice/_payload.json', '/kept/**'),
  page('redirect', '/go/alice', '/go/:id()', 302),
  page('a page throws', '/boom/alice', '/boom/:id()', 500),
  page('rest', '/docs/a/b', '/docs/:path(.*)*'),
  page('optional, absent', '/opt', '/opt/:x?'),
  page('optional, given', '/opt/alice', '/opt/:x?'),
  page('group', '/grouped/alice', '/grouped/:id()'),
  page('handler', '/api/things/alice', '/api/things/:id'),
  page('a handler throws', '/api/boom', '/api/boom', 500),
  page('file', '/robots.txt', 'static'),
  page('not found', '/nope/alice', null, 404),
];
