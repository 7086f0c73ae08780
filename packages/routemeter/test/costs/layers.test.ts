import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { bundle } from '../../../testkit/src/bundle.ts';

const run = promisify(execFile);
const script = await bundle(new URL('./scripts/layers.ts', import.meta.url), 'costs-layers');

async function layers(how: string): Promise<Record<string, unknown>> {
  const env = { PATH: process.env.PATH ?? '', ROUTEMETER_URL: 'null:' };
  return JSON.parse((await run(process.execPath, [script, how], { env })).stdout);
}

it.each(['express5', 'express4'])(
  'switched off, %s gets one empty layer and is otherwise as it was',
  async (name) => {
    expect(await layers(`${name} off`)).toEqual({ layers: 1, changed: [] });
    const on = await layers(`${name} on`);
    expect(on.layers).toBe(1);
    expect(on.changed).toContain('router.handle');
    expect((on.changed as string[]).some((key) => /^layer\.handle.?[Rr]equest$/.test(key))).toBe(true);
  },
);

it('an application that is switched off leaves those that are not their hooks', async () => {
  expect((await layers('express5 mixed')).changed).toContain('router.handle');
  // Through another copy of the library, which hooks nothing twice.
  expect((await layers('express5 elsewhere')).changed).toContain('router.handle');
});

it('what another library wrapped after us is left to it, and hooked no second time', async () => {
  const { changed } = await layers('express5 wrapped');
  expect(changed).toContain('router.handle');
  expect(changed).toContain('router.use');
});

it('switched off, Fastify gets no hook, a bare server nothing', async () => {
  expect(await layers('fastify5 off')).toEqual({ layers: 0, changed: [] });
  expect((await layers('fastify5 on')).layers).toBeGreaterThan(0);
  expect(await layers('http off')).toEqual({ layers: 0, changed: [] });
  expect((await layers('http on')).changed).toEqual(['server.emit']);
});

it.each(['koa3', 'hono4'])('switched off, %s gets one empty layer', async (name) => {
  const { layers: count, isNext } = await layers(`${name} off`);
  expect([count, isNext]).toEqual([1, true]);
  expect((await layers(`${name} on`)).isNext).toBe(false);
});
