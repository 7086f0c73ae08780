import { beforeAll, describe, expect, it } from 'vitest';
// @ts-expect-error: a script without types
import { measureFramework } from '../http/main.mjs';
import { built } from './built.ts';

type Numbers = Record<string, number>;
type Round = Record<string, Record<string, Numbers>>;

const NAMES = ['bare', 'Routemeter, exact CPU', 'Routemeter preload, disabled'];

describe('a tiny round of three subjects', () => {
  let found: { rounds: Round[]; missing: Record<string, string> };

  beforeAll(async () => {
    await built();
    const options = { framework: 'express', node: process.execPath, size: 'tiny', rounds: 1, only: NAMES };
    found = await measureFramework({ ...options, log() {} });
  });

  it('measures every subject with every handler, and each reported its request', () => {
    expect(found.missing).toEqual({});
    expect(Object.keys(found.rounds[0]!).sort()).toEqual([...NAMES].sort());
    for (const handlers of Object.values(found.rounds[0]!)) {
      expect(Object.keys(handlers)).toEqual(['hello', 'awaits', 'blocks']);
      for (const numbers of Object.values(handlers)) {
        expect(numbers.cpuUs).toBeGreaterThan(0);
        expect(numbers.perSecond).toBeGreaterThan(0);
        expect(numbers.rssMb).toBeGreaterThan(numbers.heapMb!);
      }
    }
  });

  it('counts what each sends', () => {
    const [round] = found.rounds;
    for (const name of ['bare', 'Routemeter preload, disabled']) {
      for (const numbers of Object.values(round![name]!))
        expect(numbers).toMatchObject({ packets: 0, bytes: 0 });
    }
    const { hello, blocks } = round!['Routemeter, exact CPU']!;
    expect(hello!.packets).toBeGreaterThan(0);
    expect(hello!.lost).toBe(0);
    // 20 blocks with wall and CPU each send more than the two metrics of the request.
    expect(blocks!.bytes).toBeGreaterThan(hello!.bytes! * 5);
  });

  it('names what does not start, with its error, and goes on with the others', async () => {
    const options = { framework: 'express', size: 'tiny', rounds: 1, only: ['bare'], log() {} };
    const { rounds, missing } = await measureFramework({ ...options, node: '/nonexistent/node' });
    expect(rounds).toEqual([{}]);
    expect(missing.bare).toMatch(/before it listened/);
  });
});
