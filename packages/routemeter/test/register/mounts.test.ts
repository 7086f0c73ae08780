import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { startChild } from '../../../testkit/src/contract/child.ts';
import { Collector } from '../../../testkit/src/contract/collector.ts';
import { buildLibrary, type Library } from '../../../testkit/src/contract/library.ts';
import { MOUNT_CASES } from '../../../testkit/src/contract/mounts/cases.ts';
import { expectedRequests, sendAll } from '../../../testkit/src/contract/run.ts';
import { installedFolder } from '../../../testkit/src/installed.ts';

const server = fileURLToPath(new URL('../../../testkit/src/contract/mounts/server.cjs', import.meta.url));
const APART: Readonly<Record<string, Record<string, string>>> = {
  'fastify with express': { '@fastify/express': '4.0.7', express: '5.3.0', fastify: '5.12.8' },
};

let library: Library;
beforeAll(async () => {
  library = await buildLibrary('register-mounts');
});

test.each(Object.keys(MOUNT_CASES))(
  '%s: what a mounted function answers is named after its mount, by the address that was asked for',
  async (name) => {
    const cases = MOUNT_CASES[name]!;
    const dependencies = APART[name];
    const folder =
      dependencies && (await installedFolder('fastify-express', { private: true, dependencies }));
    const collector = await Collector.open();
    const env = { ROUTEMETER_URL: collector.url, ROUTEMETER_FLUSH_MS: '20', NODE_ENV: 'test' };
    const args = [server, name, ...(folder === undefined ? [] : [folder])];
    const child = await startChild(process.execPath, ['-r', library.cjs('register'), ...args], env);
    const bare = await startChild(process.execPath, args, { NODE_ENV: 'test' });
    try {
      const answers = await sendAll(child.port, cases);
      expect(await collector.requests(cases.length)).toEqual(expectedRequests(cases));
      expect(answers).toEqual(await sendAll(bare.port, cases));
      expect(child.stderr()).toMatch(/^routemeter: [^\n]*\n$/);
    } finally {
      await child.stop();
      await bare.stop();
      collector.close();
    }
  },
);
