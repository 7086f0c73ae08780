import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ENDPOINTS } from '../../src/api/api.ts';
import { type Json, startLive, until } from '../helpers.ts';

const text = readFileSync(new URL('../../../../docs/api.md', import.meta.url), 'utf8');
const blocks = [...text.matchAll(/```(\w+)\n([\s\S]*?)```/g)].map(([, kind, body]) => ({
  kind: kind!,
  body: body!,
}));
const examples = blocks.flatMap(({ kind, body }, i) => {
  const answer = blocks[i + 1]?.kind === 'json' ? blocks[i + 1]!.body : undefined;
  return kind === 'sh' ? [{ command: body.trim(), answer }] : [];
});

let live: Awaited<ReturnType<typeof startLive>>;
beforeAll(async () => {
  live = await startLive();
  await live.send(blocks.find(({ kind }) => kind === 'statsd')!.body);
  // Rates are told of whole seconds: of one at least.
  await until(async () => (await live.get('/api/metrics')).body.metrics[0].rate !== null);
});
afterAll(() => live[Symbol.asyncDispose]());

/** Volatile values are compared by type, all else as it stands in the document, within its rounding. */
const VOLATILE = new Set([
  'at',
  'rate',
  'start',
  'last',
  'uptime',
  'storeBytes',
  'storeOpenBytes',
  'bytes',
  'receiveBuffer',
  'kernelDrops',
  'bins',
  'points',
  'lastSeen',
  'spark',
]);

function compare(path: string, documented: unknown, actual: unknown): void {
  const key = path.split('.').at(-1)!.replace(/\[.*/, '');
  if (VOLATILE.has(key)) {
    expect(Array.isArray(actual), path).toBe(Array.isArray(documented));
    expect(typeof actual, path).toBe(typeof documented);
  } else if (Array.isArray(documented)) {
    if (path !== '.metrics') expect((actual as unknown[]).length, path).toBe(documented.length);
    for (const [i, item] of documented.entries()) compare(`${path}[${i}]`, item, (actual as unknown[])[i]);
  } else if (typeof documented === 'object' && documented !== null) {
    expect(Object.keys(actual as object).sort(), path).toEqual(Object.keys(documented).sort());
    for (const [name, value] of Object.entries(documented))
      compare(`${path}.${name}`, value, (actual as Json)[name]);
  } else if (typeof documented === 'number') {
    expect(Math.abs((actual as number) - documented), path).toBeLessThanOrEqual(
      0.015 * Math.abs(documented) + 1e-9,
    );
  } else {
    expect(actual, path).toBe(documented);
  }
}

it.each(examples)('$command', async ({ command, answer }) => {
  const url = /http:\/\/127\.0\.0\.1:8127[^\s"]*/
    .exec(command)![0]
    .replace('http://127.0.0.1:8127', live.live.url);
  const method = command.includes('-X POST') ? 'POST' : 'GET';
  const body = /-d '([^']*)'/.exec(command)?.[1];
  const response = await fetch(url, { method, ...(body === undefined ? {} : { body }) });
  expect(response.status).toBe(200);
  if (answer === undefined) await response.body!.cancel();
  else compare('', JSON.parse(answer), await response.json());
});

it('documents every endpoint', () => {
  for (const { method, path } of ENDPOINTS) expect(text).toContain(`${method} ${path}`);
});
