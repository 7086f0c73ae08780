import { relative, sep } from 'node:path';
import { ROOT } from './process.mjs';

/** Which table of the page: that of `npm test`, or that of the long form of the frameworks' contract. */
export const TABLES = { short: 'matrix', long: 'weekly matrix' };

/** The suites that have a long form. */
export const LONG_SUITES = ['small', 'meta'].map(
  (name) => `packages/testkit/test/frameworks/${name}.test.ts`,
);

/** The suites that hold the contract, by folder: `frameworks` for the one line, `register` for the preload. */
export const SUITES = [
  ...['express', 'fastify', 'koa', 'hono', 'hapi', 'nest'].flatMap((name) =>
    ['frameworks', 'register'].map((folder) => `packages/routemeter/test/${folder}/${name}.test.ts`),
  ),
  ...LONG_SUITES,
];

/** Suites of programs that take the one line, or the preload. */
const PROGRAM = /^Node (\d+), (.+), (preload|line), (cjs|mjs)$/;

const STACK = /(express|fastify|koa|hono|hapi|NestJS) (\d+)(?:, router ([\d.]+))?(?: on (\w+))?/;
const LABELS = { express: 'Express', fastify: 'Fastify', koa: 'Koa', hono: 'Hono', hapi: 'hapi' };

/** The tests in a report of Vitest's JSON reporter. */
export function fromReport({ testResults }) {
  return testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ ancestorTitles, status }) => ({
      file: slashed(relative(ROOT, name)),
      titles: ancestorTitles,
      passed: status === 'passed',
    })),
  );
}

/** The tests that `vitest list --json` tells of, as if all had passed. */
export function fromList(list) {
  return list.map(({ file, name }) => ({
    file: slashed(relative(ROOT, file)),
    titles: name.split(' > ').slice(0, -1),
    passed: true,
  }));
}

/**
 * The table of what the suites ran, one row for each framework and major: whether all cases passed by the
 * one line, and on which Nodes all passed by the preload.
 */
export function matrix(tests) {
  const rows = new Map();
  const nodes = new Set();
  for (const { file, titles, passed } of tests.filter((test) => SUITES.includes(test.file))) {
    const title = titles.join(', ').replaceAll("'", '');
    const program = PROGRAM.exec(title);
    if (program !== null && file.includes('/testkit/')) {
      const [, node, name, way, format] = program;
      const row = rows.get(name) ?? { explicit: [], cjs: new Map(), mjs: new Map() };
      rows.set(name, row);
      nodes.add(Number(node));
      if (way === 'line') row.explicit.push(passed);
      else row[format].set(Number(node), passed && row[format].get(Number(node)) !== false);
      continue;
    }
    const stack = STACK.exec(title);
    if (stack === null) continue;
    const row = rows.get(label(stack)) ?? { explicit: [], cjs: new Map(), mjs: new Map() };
    rows.set(label(stack), row);
    if (file.includes('/frameworks/')) {
      row.explicit.push(passed);
      continue;
    }
    const node = Number(/^Node (\d+)/.exec(title)[1]);
    nodes.add(node);
    const ways = row[/, (cjs|mjs)$/.exec(title)?.[1] ?? formatOf(stack)];
    ways.set(node, passed && ways.get(node) !== false);
  }
  if (rows.size === 0) throw new Error('no contract suite among the tests');
  const lines = [...rows]
    .map(([name, row]) => `| ${name} | ${explicit(row)} | ${list(row.cjs)} | ${list(row.mjs)} |`)
    .sort(byNumbers);
  return [
    `Nodes: ${[...nodes].sort((a, b) => a - b).join(', ')}.`,
    '',
    '| framework | one line | preload, CommonJS | preload, ES modules |',
    '|---|---|---|---|',
    ...lines,
  ].join('\n');
}

/**
 * Whether a page shows a table. Where this machine has other Nodes than the page tells of, what
 * frameworks there are and what holds by the one line.
 */
export function shows(page, table, which = TABLES.short) {
  const [begin, end] = places(page, which);
  const shown = page.slice(begin, end).trim();
  if (shown.split('\n')[0] === table.split('\n')[0]) return shown === table;
  return withoutNodes(shown) === withoutNodes(table);
}

/** The page with another table between its markers. */
export function writeMatrix(page, table, which = TABLES.short) {
  const [begin, end] = places(page, which);
  return `${page.slice(0, begin)}\n${table}\n${page.slice(end)}`;
}

function places(page, which) {
  const marks = ['begin', 'end'].map((place) => `<!-- ${which}: ${place} -->`);
  const [begin, end] = marks.map((mark) => page.indexOf(mark));
  if (begin < 0 || end < begin) throw new Error(`no ${marks.join(' and ')} in the page`);
  return [begin + marks[0].length, end];
}

function withoutNodes(table) {
  return [...table.matchAll(/^\|[^|]*\|[^|]*\|/gm)].join('\n');
}

function label([, framework, major, router, platform]) {
  if (framework === 'NestJS') return `NestJS ${major} on ${platform === 'express' ? 'Express' : 'Fastify'}`;
  const beside = framework === 'koa' ? '@koa/router' : '`router`';
  return `${LABELS[framework]} ${major}${router === undefined ? '' : `, ${beside} ${router}`}`;
}

/** Suites without a format in their titles: NestJS is CommonJS up to 11, and ES modules from 12. */
function formatOf([, , major]) {
  return Number(major) < 12 ? 'cjs' : 'mjs';
}

function explicit({ explicit: results }) {
  if (results.length === 0) return '–';
  return results.every(Boolean) ? 'yes' : 'no';
}

function list(ways) {
  const passed = [...ways].filter(([, isPassed]) => isPassed).map(([node]) => node);
  return passed.length === 0 ? '–' : passed.sort((a, b) => a - b).join(', ');
}

function byNumbers(a, b) {
  return a.localeCompare(b, 'en', { numeric: true });
}

function slashed(path) {
  return path.split(sep).join('/');
}
