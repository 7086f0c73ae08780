import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ContractCase } from '../../../testkit/src/contract/case.ts';
import { makeApp, makeRouters } from '../../../testkit/src/contract/express/app.cjs';
import { expressCases, lateRoutes } from '../../../testkit/src/contract/express/cases.ts';
import { loadForeign, loadStack, STACKS } from '../../../testkit/src/contract/express/stacks.cjs';
import { expressMeter } from '../../src/frameworks/express.ts';
import { contractByMiddleware } from './suite.ts';

for (const [name, stack] of Object.entries(STACKS)) {
  for (const late of [false, true]) {
    const order = late ? 'routers made before the middleware' : 'middleware made before the routers';
    const lost: Record<string, string> = late ? lateRoutes(stack) : {};
    const cases = expressCases(stack.major).map(
      (one): ContractCase => ({ ...one, route: lost[one.id] ?? one.route }),
    );

    contractByMiddleware(`${name}, ${order}`, cases, async (meter) => {
      // Copies of its own: what the meter changes in classes must not reach the application without.
      const { express, major } = loadStack(name);
      const early = late ? makeRouters(express) : null;
      const first = meter ? { first: expressMeter(meter) } : {};
      const app = makeApp(express, major, early ?? makeRouters(express), {
        ...first,
        foreign: loadForeign(major),
      });
      const server = createServer(app).listen(0, '127.0.0.1');
      await new Promise((resolve) => server.once('listening', resolve));
      return {
        port: (server.address() as AddressInfo).port,
        close() {
          server.closeAllConnections();
          server.close();
        },
      };
    });
  }
}
