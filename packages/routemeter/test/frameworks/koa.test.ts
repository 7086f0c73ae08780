import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { makeApp, STACKS } from '../../../testkit/src/contract/koa/app.cjs';
import { koaCases } from '../../../testkit/src/contract/koa/cases.ts';
import { koaMeter } from '../../src/frameworks/koa.ts';
import { contractByMiddleware } from './suite.ts';

const load = createRequire(new URL('../../../testkit/package.json', import.meta.url));

describe.each(Object.entries(STACKS))('%s', (name, stack) => {
  const Koa = load(stack.koa);
  const exported = load(stack.router);
  const Router = exported.default ?? exported;

  contractByMiddleware(`${name}, middleware`, koaCases(stack.syntax), async (meter) => {
    const app = makeApp(Koa, Router, name, meter ? koaMeter(meter) : undefined);
    const server = await new Promise<ReturnType<typeof app.listen>>((resolve) => {
      const made = app.listen(0, '127.0.0.1', () => resolve(made));
    });
    return {
      port: (server.address() as AddressInfo).port,
      close() {
        server.closeAllConnections();
        server.close();
      },
    };
  });
});

test('what is no meter is refused', () => {
  expect(() => koaMeter('mine' as never)).toThrow(expect.objectContaining({ code: 'RM_OPTION_INVALID' }));
});
