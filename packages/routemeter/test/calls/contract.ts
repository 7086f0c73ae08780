import { expect, test } from 'vitest';
import { upstreams } from '../../src/calls/upstreams.ts';
import { type CallRow, leafOf, openStage } from './stage.ts';

/** What a source's contract drives: one library against its real server. */
export interface Driver {
  /** Library and version, for the titles. */
  title: string;
  /** What `upstreams()` is given; none for what is followed without it. */
  modules: readonly unknown[];
  /** How the call of each operation is named, as `postgresql SELECT users`. */
  names: { quick: string; slow: string; failing: string };
  /** Code or class of the error of `failing`. */
  error: string;
  /** Names that may stand beside those of the operations, such as that of a new connection. */
  beside?: readonly string[];
  /** Pool sizes to try; default 1, 2 and 10. Libraries without a pool give `[1]`. */
  connections?: readonly number[];
  open(connections: number): Promise<Operations>;
}

export interface Operations {
  /** One call that is answered at once. */
  quick(): Promise<unknown>;
  /** One call that the server answers after `ms`. */
  slow(ms: number): Promise<unknown>;
  /** One call that is rejected, by an error of the server's. */
  failing(): Promise<unknown>;
  /** Calls with `secret` wherever a caller can put a value: parameters, literals, keys, comments, scripts, paths. */
  secret(secret: string): Promise<unknown>;
  close(): Promise<unknown>;
}

const SECRET = 'hunter2secret';

/** The cases that every source passes. */
export function sourceContract(driver: Driver): void {
  const { title, modules, names, error, beside = [], connections = [1, 2, 10] } = driver;
  if (modules.length > 0) upstreams(...modules);
  const own = (rows: readonly CallRow[], route: string) =>
    Object.fromEntries(
      rows
        .filter((row) => row.route === route && !beside.includes(row.name))
        .map((row) => [row.name, row.count]),
    );

  for (const size of connections) {
    test(`${title}: 50 requests at once over ${size} connections: each call once, on the route that made it`, async () => {
      const client = await driver.open(size);
      const stage = await openStage({
        '/three': async () => {
          for (let i = 0; i < 3; i++) await client.quick();
        },
        '/parallel': () => Promise.all(Array.from({ length: 5 }, () => client.quick())),
        '/block': (meter) =>
          meter.time('outer', async () => {
            await client.quick();
            await meter.time('inner', () => client.quick().then(() => client.quick()));
          }),
        '/slow': () => client.slow(5),
        '/none': () => 'nothing',
      });
      try {
        const paths = ['/three', '/parallel', '/block', '/slow', '/none'];
        await Promise.all(Array.from({ length: 50 }, (_, at) => stage.get(paths[at % paths.length]!)));
        const metrics = await stage.metrics();
        const rows = await stage.rows();
        expect(own(rows, '/three')).toEqual({ [names.quick]: 30 });
        expect(own(rows, '/parallel')).toEqual({ [names.quick]: 50 });
        expect(own(rows, '/slow')).toEqual({ [names.slow]: 10 });
        expect(own(rows, '/none')).toEqual({});
        expect(rows.filter((row) => row.route === undefined)).toEqual([]);
        const blocks = rows.filter((row) => row.route === '/block' && row.name === names.quick);
        expect(Object.fromEntries(blocks.map((row) => [row.block, row.count]))).toEqual({
          outer: 10,
          inner: 20,
        });
        expect(leafOf(metrics, 'repeated', '/three')[names.quick]).toEqual(Array(10).fill(3));
        expect(leafOf(metrics, 'wait', '/parallel')[names.quick]).toHaveLength(50);
      } finally {
        await stage.stop();
        await client.close();
      }
    });
  }

  test(`${title}: a call lasts as long as its server takes, and is what its route waited for`, async () => {
    const client = await driver.open(2);
    let elapsed = 0;
    const stage = await openStage({
      '/warm': () => client.quick(),
      '/slow': async () => {
        const from = performance.now();
        await client.slow(60);
        elapsed = performance.now() - from;
      },
    });
    try {
      await stage.get('/warm');
      await stage.get('/slow');
      const metrics = await stage.metrics();
      const [row] = (await stage.rows()).filter(
        ({ route, name }) => route === '/slow' && name === names.slow,
      );
      expect(row?.durations).toHaveLength(1);
      // Sent with five digits; servers round their sleeps.
      expect(row!.durations[0]).toBeGreaterThan(57);
      expect(row!.durations[0]).toBeLessThan(elapsed + 0.1);
      const [wait] = leafOf(metrics, 'wait', '/slow')[names.slow]!;
      expect(wait).toBeLessThanOrEqual(row!.durations[0]! + 0.1);
      expect(wait).toBeGreaterThan(0);
    } finally {
      await stage.stop();
      await client.close();
    }
  });

  test(`${title}: an error is the same for the caller, and told by its code or class`, async () => {
    const client = await driver.open(1);
    const thrown: unknown[] = [];
    const without = await client.failing().then(
      () => null,
      (reason: unknown) => reason,
    );
    const stage = await openStage({
      '/fail': () => client.failing().catch((reason: unknown) => thrown.push(reason)),
    });
    try {
      await stage.get('/fail');
      const rows = (await stage.rows()).filter(({ name }) => !beside.includes(name));
      expect(rows.map(({ name, count, errors }) => ({ name, count, errors }))).toEqual([
        { name: names.failing, count: 1, errors: [error] },
      ]);
      expect(thrown).toHaveLength(1);
      expect(String(thrown[0])).toBe(String(without));
      expect((thrown[0] as Error).constructor).toBe((without as Error).constructor);
    } finally {
      await stage.stop();
      await client.close();
    }
  });

  test(`${title}: nothing of values, keys, literals, comments, scripts and paths leaves`, async () => {
    const client = await driver.open(1);
    const stage = await openStage({ '/secret': () => client.secret(SECRET) });
    try {
      await stage.get('/secret');
      expect((await stage.rows()).length).toBeGreaterThan(0);
      expect((await stage.meter.lines()).filter((line) => line.toLowerCase().includes(SECRET))).toEqual([]);
    } finally {
      await stage.stop();
      await client.close();
    }
  });
}
