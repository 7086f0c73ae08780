// The import table of the library (see CONTRIBUTING.md): a folder may import only what stands in its row.
const lib = 'packages/routemeter/src';
const table = {
  platform: [],
  errors: ['config'],
  config: ['errors'],
  attribution: ['errors'],
  series: ['errors'],
  outputs: ['errors', 'series'],
  profile: ['errors', 'attribution'],
  books: ['errors', 'config', 'attribution', 'series', 'outputs'],
  unit: ['errors', 'config', 'attribution', 'books'],
  meter: ['errors', 'config', 'attribution', 'series', 'outputs', 'books', 'unit', 'budgets', 'profile'],
  request: ['errors', 'meter', 'attribution', 'books', 'unit'],
  calls: ['errors', 'config', 'attribution', 'meter', 'request', 'books', 'unit'],
  work: ['errors', 'attribution', 'calls', 'meter', 'unit'],
  frameworks: ['errors', 'request', 'meter', 'create-meter.ts'],
  runtime: ['errors', 'meter', 'attribution'],
  register: ['errors', 'config', 'frameworks', 'calls', 'runtime', 'meter', 'request', 'profile', 'work'],
  cli: ['errors', 'config', 'register', 'budgets', 'exports'],
  budgets: ['errors'],
  exports: ['errors', 'budgets', 'outputs', 'series'],
  testing: ['errors', 'meter', 'outputs', 'budgets', 'create-meter.ts'],
};

/** What is taken from Node alone; every folder may import it. */
const base = 'platform';

const rows = Object.entries(table).map(([folder, allowed]) => ({
  name: `routemeter-${folder}`,
  comment: `${folder}/ may import only: ${allowed.join(', ') || 'nothing'}`,
  severity: 'error',
  from: { path: `^${lib}/${folder}/` },
  to: { path: `^${lib}/`, pathNot: `^${lib}/(${[folder, base, ...allowed].join('|')})(/|$)` },
}));

export default {
  forbidden: [
    ...rows,
    {
      name: 'core-knows-no-framework',
      comment: 'Only frameworks/ and register/ may import a web framework, and only its types.',
      severity: 'error',
      from: { path: `^${lib}/`, pathNot: `^${lib}/(frameworks|register)/` },
      to: { path: 'node_modules/(@types/)?(express|fastify|koa|@koa|hono|@nestjs|@hapi)' },
    },
    {
      name: 'no-circular',
      comment: 'Circles of types count, too: two files that know each other are one, or need a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-circular-folders',
      severity: 'error',
      scope: 'folder',
      from: {},
      to: { circular: true },
    },
    {
      name: 'library-does-not-know-live',
      severity: 'error',
      from: { path: `^${lib}/` },
      to: { path: '^packages/(live|testkit)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
    },
  },
};
