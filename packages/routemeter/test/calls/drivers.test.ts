import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundle } from '../../../testkit/src/bundle.ts';
import { suiteNodes } from '../../../testkit/src/nodes.ts';
import { ACTS, DRIVERS, MODES, type Mode, type Op, type Outcome, programs } from './drivers/programs.ts';
import { startPeers } from './peers.ts';

const nodes = await suiteNodes();
const peers = await startPeers((request, response) => {
  if (request.url === '/hang') return;
  if (request.url === '/cut') {
    response.writeHead(200, { 'content-length': '100' });
    response.write('half', () => response.destroy());
  } else if (request.url === '/long') {
    response.write('first');
  } else {
    response.end('answer');
  }
});
const { missing } = peers;
const ports = JSON.stringify(peers.ports);

const ATTEMPTS = 6;

let script: string;
beforeAll(async () => {
  script = await bundle(new URL('./drivers/host.ts', import.meta.url), 'calls-drivers');
});
afterAll(peers.stop);

describe.skipIf(missing !== null).each(nodes)(
  `drivers on Node $version${missing === null ? '' : ` (${missing})`}`,
  ({ path }) => {
    const hosts = new Map<Mode, ChildProcess>();
    beforeAll(async () => {
      for (const mode of MODES) {
        const child = fork(script, [mode, ports], { execPath: path, execArgv: ['--no-deprecation'] });
        hosts.set(mode, child);
        await once(child, 'message');
      }
    });
    afterAll(() => {
      for (const child of hosts.values()) child.disconnect();
    });

    async function run(mode: Mode, program: readonly Op[]): Promise<Outcome> {
      const child = hosts.get(mode)!;
      const done = new AbortController();
      try {
        const answer = Promise.race([
          once(child, 'message', { signal: done.signal }),
          once(child, 'exit', { signal: done.signal }).then(([code]) => {
            throw new Error(`the process "${mode}" ended with ${code}`);
          }),
        ]);
        child.send([...program]);
        return ((await answer) as [Outcome])[0];
      } finally {
        done.abort();
      }
    }

    /**
     * What the application sees is the same, whatever the order in which sockets tell it. Servers and timers are
     * never twice the same to the millisecond: what differs is run again, until both have seen the same once.
     */
    async function same(program: readonly Op[]): Promise<number> {
      const seen = { bare: new Set<string>(), explicit: new Set<string>() };
      for (let attempt = 1; ; attempt++) {
        const bare = await run('bare', program);
        const mine = await run('explicit', program);
        seen.bare.add(bare.log.sort().join('\n'));
        seen.explicit.add(mine.log.sort().join('\n'));
        expect(bare.calls).toBe(0);
        if ([...seen.explicit].some((log) => seen.bare.has(log))) return mine.calls;
        if (attempt === ATTEMPTS) expect(mine.log).toEqual(bare.log);
      }
    }

    test.each(DRIVERS)(
      '%s: everything that can be done with it is the same to the application',
      async (driver) => {
        const all = (inRequest: boolean) => ACTS.map((act): Op => ({ driver, act, inRequest }));
        expect(await same(all(false))).toBe(0);
        expect(await same(all(true))).toBeGreaterThanOrEqual(ACTS.length - 1);
      },
      300_000,
    );

    test('random programs of calls are the same to the application', async () => {
      await fc.assert(
        fc.asyncProperty(programs, async (program) => void (await same(program))),
        { numRuns: 5, endOnFailure: true },
      );
    });
  },
);
