// What the library does to a process, as recorded by packages/testkit/src/footprint, and its page.
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ROOT } from './process.mjs';

const FOLDER = join(ROOT, 'packages/testkit/src/footprint');
const REGISTER = join(ROOT, 'packages/routemeter/dist/register.mjs');
const BEGIN = '<!-- footprint: begin -->';
const END = '<!-- footprint: end -->';
export const PAGE = join(ROOT, 'docs/what-leaves.md');

export const FRAMEWORKS = ['http', 'express', 'fastify', 'koa', 'hono', 'hapi', 'nest'];
const LABELS = {
  http: '`node:http`',
  express: 'Express 5',
  fastify: 'Fastify 5',
  koa: 'Koa 3',
  hono: 'Hono 4',
  hapi: 'hapi 21',
  nest: 'NestJS 12 on Express',
};
const KINDS = {
  sockets: 'sockets',
  timers: 'timers',
  listeners: 'listeners of `process`',
  async: 'hooks of the event loop',
  modules: 'hooks of the module loader',
  channels: 'diagnostics channels',
  files: 'files',
  processes: 'processes, threads',
  environment: 'environment variables',
};

/** Runs a small application in each framework with and without the library, on the Node at `node`. */
export async function record(node) {
  const receiver = createSocket('udp4');
  const metrics = new Map();
  receiver.on('message', (payload) => {
    for (const line of payload.toString().split('\n')) addMetric(metrics, line);
  });
  receiver.bind(0, '127.0.0.1');
  await once(receiver, 'listening');
  const url = `udp://127.0.0.1:${receiver.address().port}`;
  const jobs = FRAMEWORKS.flatMap((framework) =>
    ['none', 'line', 'preload'].map((way) => ({ framework, way })),
  );
  jobs.push({ framework: 'http', way: 'live preload' });
  const results = new Map();
  const work = async () => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      results.set(`${job.framework} ${job.way}`, await runApp(node, job, url));
    }
  };
  await Promise.all([work(), work()]);
  receiver.close();
  const notes = {};
  for (const way of ['line', 'preload', 'live preload']) {
    notes[way] = {};
    for (const kind of Object.keys(KINDS)) {
      const all = [...results].filter(
        ([name]) => name.endsWith(` ${way}`) && (way === 'live preload') === name.endsWith('live preload'),
      );
      notes[way][kind] = [...new Set(all.flatMap(([, { notes }]) => notes[kind] ?? []).map(plain))].sort();
    }
  }
  const changes = {};
  for (const framework of FRAMEWORKS) {
    const before = results.get(`${framework} none`).shapes;
    changes[framework] = {};
    for (const way of ['line', 'preload'])
      changes[framework][way] = changed(before, results.get(`${framework} ${way}`).shapes);
  }
  return { notes, changes, metrics: [...metrics.values()].sort((a, b) => a.name.localeCompare(b.name)) };
}

/** What one application notes, and the shape of what is reachable from it. */
export async function runApp(node, { framework, way }, url, settings = {}) {
  const preload = way.includes('preload') ? ['--import', REGISTER] : [];
  const env = {
    PATH: process.env.PATH,
    ROUTEMETER_URL: url,
    ...(way === 'live preload' ? { ROUTEMETER_LIVE_URL: url } : {}),
    ...settings,
  };
  const args = ['-r', join(FOLDER, 'watch.cjs'), ...preload, join(FOLDER, 'app.cjs'), framework, way];
  const child = spawn(node, args, { cwd: FOLDER, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  if (code !== 0) throw new Error(`${framework} ${way} ended with ${code}: ${err}`);
  return JSON.parse(out);
}

function addMetric(metrics, line) {
  const [, name, type, tags = ''] = /^([^:|]+):[^|]*\|(\w+)(?:\|[^#]*)?\|?#?(.*)$/.exec(line) ?? [];
  if (name === undefined) return;
  const known = metrics.get(name) ?? { name, type, tags: new Set() };
  for (const tag of tags.split(',').filter(Boolean)) known.tags.add(tag.replace(/:.*$/, ''));
  metrics.set(name, known);
}

/** Without paths of this machine. */
function plain(note) {
  return note
    .replaceAll(join(ROOT, 'packages/routemeter/dist'), '<routemeter>')
    .replace(/\S*node_modules[\\/](\S+?)[\\/]package\.json$/, 'package.json of a framework')
    .replaceAll(ROOT, '<app>/');
}

/** Elements of lists are what the application registered itself: the one line is one of them. */
const OWN_LINE = /\.\d+$/;
/** Seen through each request, these are Node's own prototypes, which stand by their names. */
const NODES_OWN = /^(?:req|res|server)\^/;

/** What is wrapped or added in `after`, of two shapes. */
export function changed(before, after) {
  const names = Object.keys(after).filter(
    (name) => before[name] !== after[name] && !OWN_LINE.test(name) && !NODES_OWN.test(name),
  );
  const last = (name) => name.replace(/^.*\^\./, '');
  const isByName = (name) => names.some((other) => other.endsWith(`.prototype.${last(name)}`));
  const shown = names.filter((name) => !(name.includes('^.') && isByName(name))).sort();
  const isAdded = (name) => !(name in before) || name.includes(' listeners: ');
  return { wrapped: shown.filter((name) => !isAdded(name)), added: shown.filter(isAdded) };
}

/** What one run does and another does not, as something has to happen first: the page tells of it in words. */
const OCCASIONAL = new Set(['openSync /proc/thread-self/stat']);

/** The generated part of the page. */
export function render({ notes, changes, metrics }) {
  const parts = ['### Metrics of an application without metrics of its own', ''];
  parts.push('| metric | type | tags |', '|---|---|---|');
  for (const { name, type, tags } of metrics)
    parts.push(`| ${code(name)} | ${code(type)} | ${[...tags].sort().map(code).join(', ') || '–'} |`);
  parts.push(
    '',
    '### The process',
    '',
    '| | one line | preload | more under `routemeter-live` |',
    '|---|---|---|---|',
  );
  for (const [kind, label] of Object.entries(KINDS)) {
    const [line, preload, live] = ['line', 'preload', 'live preload'].map((way) =>
      notes[way][kind].filter((note) => !OCCASIONAL.has(note)),
    );
    const more = live.filter((note) => !preload.includes(note));
    parts.push(`| ${label} | ${list(line)} | ${list(preload)} | ${list(more)} |`);
  }
  const all = ['line', 'preload'].map((way) => changes.http[way]);
  parts.push(
    '',
    '### What is wrapped or added in Node, whatever the framework',
    '',
    '| | one line | preload |',
    '|---|---|---|',
  );
  parts.push(`| wrapped | ${all.map(({ wrapped }) => list(wrapped)).join(' | ')} |`);
  parts.push(`| added | ${all.map(({ added }) => list(added)).join(' | ')} |`);
  parts.push(
    '',
    '### And beyond that in each framework',
    '',
    '| framework | one line | preload |',
    '|---|---|---|',
  );
  for (const framework of FRAMEWORKS.slice(1)) {
    const cells = ['line', 'preload'].map((way) => {
      const base = changes.http[way];
      const { wrapped, added } = changes[framework][way];
      const more = [
        ...wrapped.filter((name) => !base.wrapped.includes(name)).map((name) => `wraps ${code(name)}`),
        ...added.filter((name) => !base.added.includes(name)).map((name) => `adds ${code(name)}`),
      ];
      return more.join('<br>') || '–';
    });
    parts.push(`| ${LABELS[framework]} | ${cells.join(' | ')} |`);
  }
  return parts.join('\n');
}

const code = (text) => `\`${text.replaceAll('|', '\\|')}\``;
const list = (items) => items.map(code).join('<br>') || '–';

/** The generated part of a page as it stands. */
export function shown(page) {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`no ${BEGIN} and ${END} in the page`);
  return page.slice(begin + BEGIN.length, end).trim();
}

export function replaced(page, part) {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  return `${page.slice(0, begin + BEGIN.length)}\n\n${part}\n\n${page.slice(end)}`;
}
