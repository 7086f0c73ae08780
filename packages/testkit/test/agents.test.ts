import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { expect } from 'vitest';
import { startChild } from '../src/contract/child.ts';
import { Collector } from '../src/contract/collector.ts';
import { buildLibrary, type Library } from '../src/contract/library.ts';
import { samplesOf } from '../src/contract/samples.ts';
import { type NodeBinary, nodeBinaries } from '../src/nodes.ts';
import { ROOT } from '../src/pack.ts';
import { RawClient } from '../src/reliability/raw-client.ts';
import { scenario, size } from '../src/reliability/scenario.ts';
import { installedTools } from '../src/tools.ts';

const FIXTURES = join(ROOT, 'packages/testkit/test/fixtures/agents');
const APPS = { express: '5.3.0', fastify: '5.12.8' };
const FRAMEWORKS = ['express', 'fastify'] as const;
/** Which of the two is loaded first. */
const ORDERS = ['theirs', 'ours'] as const;
const ROUNDS = size(2, 25);

interface Agent {
  /** The oldest Node that it runs on. */
  node: number;
  packages: Record<string, string>;
  env: Record<string, string>;
  /** It sends to a server, which tells what it was told. */
  isServed?: boolean;
  /** What our hook in Fastify adds to its data, as any hook does: its line as it is without, null for none; and a text. */
  sees?: { hook: (line: string) => string | null; text: string };
}

const AGENTS: Record<string, Agent> = {
  opentelemetry: {
    node: 22,
    packages: {
      '@opentelemetry/api': '1.10.0',
      '@opentelemetry/sdk-node': '0.301.0',
      '@opentelemetry/sdk-trace': '3.1.0',
      '@opentelemetry/instrumentation-http': '0.301.0',
      '@opentelemetry/instrumentation-express': '0.72.0',
      '@fastify/otel': '0.21.2',
    },
    env: {},
    sees: {
      hook: (line) => (/^below {2}(?:onRequest - nameRequest|onError - noteError)$/.test(line) ? null : line),
      text: 'loaded before us, it shows our hooks in Fastify as further spans of a request',
    },
  },
  sentry: { node: 20, packages: { '@sentry/node': '11.12.0' }, env: {} },
  newrelic: {
    node: 22,
    packages: { newrelic: '14.5.1' },
    env: {
      NEW_RELIC_SERVERLESS_MODE_ENABLED: 'true',
      NEW_RELIC_NO_CONFIG_FILE: 'true',
      NEW_RELIC_LOG_ENABLED: 'false',
      NEW_RELIC_APP_NAME: 'beside',
    },
    sees: {
      hook: (line) => line.replace('WebFrameworkUri/Fastify/GET/(not found)', 'Nodejs/GET/(not found)'),
      text: 'a URL without a route is named as one of Fastify, as with any hook',
    },
  },
  'dd-trace': {
    node: 22,
    packages: { 'dd-trace': '6.21.0' },
    env: {
      DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false',
      DD_REMOTE_CONFIGURATION_ENABLED: 'false',
      DD_TRACE_STARTUP_LOGS: 'false',
      DD_RUNTIME_METRICS_ENABLED: 'false',
      DD_SERVICE: 'beside',
    },
    isServed: true,
  },
};

const REQUESTS: Array<{ text: string; route: string; method: string; status: string }> = [
  ['GET', '/users/N', '/users/:id', 200],
  ['POST', '/echo/N', '/echo/:id', 201],
  ['GET', '/fail/N', '/fail/:id', 500],
  ['GET', '/big/N', '/big/:id', 200],
  ['GET', '/orgs/N/items/7', '/orgs/:org/items/:item', 200],
  ['GET', '/nowhere/N', 'unmatched', 404],
].map(([method, path, route, status]) => {
  const body = '{"a":1}';
  const more =
    method === 'POST' ? `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n` : '';
  const text = `${method} ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n${method === 'POST' ? body : ''}`;
  return { text, route: String(route), method: String(method), status: String(status) };
});

/** Datadog's agent as far as the tracer needs one: it counts, and reads names out of the bytes. */
class TraceServer {
  readonly seen: string[] = [];
  private readonly server: Server;

  private constructor() {
    this.server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString('latin1');
      if (request.url?.includes('/traces') === true) {
        const traces = Number(request.headers['x-datadog-trace-count'] ?? 0);
        for (let i = 0; i < traces; i++) this.seen.push('trace');
        // One string for each span that has it.
        for (const [name] of text.matchAll(/(GET|POST) \/[\w/:]+/g)) this.seen.push(name);
      }
      response.setHeader('content-type', 'application/json');
      response.end('{"rate_by_service":{}}');
    });
  }

  static async open(): Promise<TraceServer> {
    const one = new TraceServer();
    one.server.listen(0, '127.0.0.1');
    await once(one.server, 'listening');
    return one;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

interface Run {
  answers: string[];
  /** What the agent made of the requests, sorted. */
  theirs: string[];
  /** Lines that we sent. */
  ours: string[];
}

async function run(
  name: string,
  framework: string,
  order: (typeof ORDERS)[number] | 'alone',
  node: NodeBinary,
  folder: string,
  library: Library,
  /** How much the agent tells at least. */
  wanted: number,
): Promise<Run> {
  const agent = AGENTS[name]!;
  const collector = await Collector.open();
  const server = agent.isServed === true ? await TraceServer.open() : null;
  const their = ['--import', pathToFileURL(join(FIXTURES, `${name}.cjs`)).href];
  const our = ['--import', pathToFileURL(library.esm('register')).href];
  const preloads = { alone: their, theirs: [...their, ...our], ours: [...our, ...their] }[order];
  const env = {
    ...agent.env,
    ...(server && { DD_TRACE_AGENT_URL: server.url }),
    ROUTEMETER_URL: collector.url,
    ROUTEMETER_FLUSH_MS: '20',
    NODE_ENV: 'production',
  };
  const args = ['--no-warnings', ...preloads, join(FIXTURES, 'app.cjs'), framework];
  const child = await startChild(node.path, args, env, folder);
  try {
    expect(child.port, child.stderr()).toBeGreaterThan(0);
    const client = await RawClient.connect(child.port);
    const answers: string[] = [];
    for (let i = 0; i < ROUNDS; i++)
      for (const { text } of REQUESTS) answers.push(await client.ask(text.replace('N', String(i))));
    client.close();
    if (order !== 'alone') await collector.requests(answers.length);
    const theirs = () =>
      server?.seen ?? [...child.stdout().matchAll(/^seen (.*)$/gm)].map(([, line]) => line!);
    // Agents send when they like: until as much came as without us, or nothing comes any more.
    let quiet = 0;
    for (
      let turn = 0;
      turn < 100 && quiet < (order === 'alone' || theirs().length < wanted ? 15 : 3);
      turn++
    ) {
      const before = theirs().length;
      await sleep(200);
      quiet = before === theirs().length ? quiet + 1 : 0;
    }
    return { answers, theirs: theirs().sort(), ours: [...collector.lines] };
  } finally {
    await child.stop();
    collector.close();
    server?.close();
  }
}

/** What we must have counted: each request once under its name, with its CPU. */
function checkOurs(lines: string[]): void {
  const total = (metric: string, tags: object): number =>
    samplesOf(lines, metric)
      .filter((sample) => Object.entries(tags).every(([key, value]) => sample.tags[key] === value))
      .reduce((sum, { count }) => sum + count, 0);
  for (const { route, method, status } of REQUESTS) {
    const where = { http_route: route, http_method: method };
    expect(total('http.server.request', { ...where, http_status_code: status }), route).toBe(ROUNDS);
    expect(total('http.server.request.cpu', where), `${route} cpu`).toBe(ROUNDS);
  }
  expect(total('http.server.request', {})).toBe(ROUNDS * REQUESTS.length);
}

for (const name of Object.keys(AGENTS)) {
  scenario(`beside-${name}`, [240, 600], async () => {
    const { node: oldest, packages, sees } = AGENTS[name]!;
    const folder = await installedTools(`agents/${name}`, { ...APPS, ...packages });
    const library = await buildLibrary(`agents-${name}`);
    const { nodes } = await nodeBinaries();
    const present = (node: NodeBinary) => node.path === process.execPath;
    const fit = nodes.filter((node) => node.major >= oldest && (present(node) || node.major === 24));
    expect(fit.length, `a Node that ${name} runs on`).toBeGreaterThan(0);
    const tried: string[] = [];
    let requests = 0;
    for (const node of fit.slice(-size(1, 2))) {
      for (const framework of FRAMEWORKS) {
        // Each request but the one without a route, which Sentry leaves out.
        const least = ROUNDS * (REQUESTS.length - 1);
        const alone = await run(name, framework, 'alone', node, folder, library, least);
        expect(alone.theirs.length).toBeGreaterThanOrEqual(least);
        for (const order of ORDERS) {
          const beside = await run(name, framework, order, node, folder, library, alone.theirs.length);
          expect(beside.answers).toEqual(alone.answers);
          const asAlone = beside.theirs.map(sees?.hook ?? ((line) => line)).filter((line) => line !== null);
          expect(asAlone.sort(), `${framework}, first ${order}`).toEqual(alone.theirs);
          checkOurs(beside.ours);
          requests += beside.answers.length;
        }
        tried.push(`${framework} on Node ${node.major}`);
      }
    }
    const versions = Object.entries(packages).filter(([key]) => !key.endsWith('/api'));
    return {
      tried: `${requests} requests, both load orders, ${tried.join(', ')}; ${versions.map((one) => one.join(' ')).join(', ')}`,
      saw: `the same bytes as with ${name} alone; all it recorded is the same${sees === undefined ? '' : `, but ${sees.text}`}`,
      lost: 'nothing; each request once under its route, with its CPU',
    };
  });
}
