import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../helpers.ts';
import { type CollectorOptions, START, samplesOf, startCollector } from './collector.ts';
import { type Receiver, startReceiver } from './receiver.ts';

let receiver: Receiver;
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(() => receiver.close());

const collector = (options: CollectorOptions = {}) => startCollector(`${receiver.url}/api/v1/write`, options);
const samples = () => samplesOf(receiver.taken.flatMap(({ series }) => series));
const answers = (...statuses: (number | [number, Record<string, string>, string?])[]) => {
  receiver.answer = (_req, res) => {
    const next = statuses.shift() ?? 204;
    const [status, headers, body] = typeof next === 'number' ? [next, {}] : next;
    res.writeHead(status, headers).end(body);
  };
};

describe('what may succeed later', () => {
  it.each([500, 503, 429])('is sent again after %i, in order', async (status) => {
    answers(status, status, 204, status);
    const { feed, pass, settled, writer, told } = collector();
    for (let i = 0; i < 3; i++) {
      feed('a:1|c');
      pass(10);
    }
    await settled();
    expect(samples()['a_total{}']).toEqual([
      [0, 0],
      [10, 1],
      [20, 2],
      [30, 3],
    ]);
    expect(writer.stats()).toMatchObject({ sent: 3, retries: 3, queued: { requests: 0, bytes: 0 } });
    expect(told).toEqual([expect.stringContaining(`it answered ${status}`)]);
  });

  it('is sent again when nobody answers, until somebody does', async () => {
    const { port } = new URL(receiver.url);
    const { feed, pass, settled, writer } = collector();
    await receiver.close();
    for (let i = 0; i < 4; i++) {
      feed('a:1|c');
      pass(10);
    }
    await until(() => writer.stats().retries > 3);
    expect(writer.stats()).toMatchObject({ sent: 0, queued: { requests: 4 } });
    receiver = await startReceiver(Number(port));
    await settled();
    expect(samples()['a_total{}']!.map(([, value]) => value)).toEqual([0, 1, 2, 3, 4]);
  });

  it.each(['60', new Date(START + 70_000).toUTCString()])(
    'waits as long as Retry-After: %s asks for',
    async (wish) => {
      answers([429, { 'retry-after': wish }]);
      const { feed, pass, writer } = collector();
      feed('a:1|c');
      pass(10);
      await until(() => receiver.requests === 1);
      // Several times what it usually waits here.
      await sleep(300);
      expect(receiver.requests).toBe(1);
      // An end does not wait.
      await writer.close();
      expect(receiver.requests).toBeGreaterThan(1);
      expect(writer.stats().dropped.left).toBe(0);
    },
  );
});

describe('what never will', () => {
  it.each([400, 401, 404, 301])(
    'is dropped after %i, counted and told once; what follows is sent',
    async (status) => {
      answers([status, {}, 'no such tenant\nsecond line'], 204, status);
      const { feed, pass, settled, writer, told } = collector();
      for (let i = 0; i < 3; i++) {
        feed('a:1|c');
        pass(10);
      }
      await settled();
      expect(samples()['a_total{}']!.map(([, value]) => value)).toEqual([2]);
      // A zero, a value and what explains it; a value.
      expect(writer.stats()).toMatchObject({ sent: 1, retries: 0, dropped: { refused: 4 } });
      expect(told).toEqual([
        `--write ${receiver.url}/api/v1/write: it answered ${status} no such tenant; 3 samples were lost`,
      ]);
    },
  );
});

describe('nothing twice', () => {
  /** Takes a request, and is gone before it has said so. */
  const lost = (res: ServerResponse) => {
    const { socket } = res;
    res.statusCode = 204;
    res.emit('finish');
    socket!.destroy();
  };

  it('a request whose answer was lost is sent again, and says the same', async () => {
    let requests = 0;
    receiver.answer = (_req, res) => {
      if (++requests === 1) lost(res);
      else res.writeHead(204).end();
    };
    const { feed, pass, settled, writer } = collector();
    feed('a:3|c');
    pass(10);
    await settled();
    expect(receiver.taken.length).toBe(2);
    expect(receiver.taken[0]!.series).toEqual(receiver.taken[1]!.series);
    expect(writer.stats()).toMatchObject({ sent: 1, retries: 1 });
  });

  it('a target that has the request already and refuses it has taken it', async () => {
    let requests = 0;
    receiver.answer = (_req, res) => {
      if (++requests === 1) lost(res);
      else res.writeHead(400).end('out of order sample');
    };
    const { feed, pass, settled, writer } = collector();
    feed('a:3|c');
    pass(10);
    await settled();
    expect(writer.stats()).toMatchObject({ sent: 1, repeated: 1, dropped: { refused: 0 } });
    // One that it cannot have is lost.
    feed('a:3|c');
    pass(10);
    await settled();
    expect(writer.stats()).toMatchObject({ sent: 1, repeated: 1, dropped: { refused: 1 } });
  });
});

describe('the queue', () => {
  it('is bounded: ticks that find no room are a gap, and the increase over it is whole', async () => {
    let isAway = true;
    receiver.answer = (_req, res) => res.writeHead(isAway ? 503 : 204).end();
    const { feed, pass, settled, writer } = collector({ tuning: { queueBytes: 600 } });
    feed('old:1|c');
    for (let i = 0; i < 20; i++) {
      feed('a:1|c');
      if (i === 15) feed('born:5|c');
      pass(10);
    }
    const { skippedTicks, queued } = writer.stats();
    expect(queued.bytes).toBeLessThan(1200);
    expect(skippedTicks).toBe(20 - queued.requests);
    isAway = false;
    await settled();
    feed('a:1|c');
    pass(10);
    await settled();
    const points = samples()['a_total{}']!;
    // Those that found room, then nothing until there was some again.
    expect(points.slice(-2)).toEqual([
      [queued.requests * 10, queued.requests],
      [210, 21],
    ]);
    // What began in the gap began where the gap did.
    expect(samples()['born_total{}']).toEqual([
      [150, 0],
      [210, 5],
    ]);
    expect(writer.stats().dropped.refused).toBe(0);
  });
});

describe('a slow target', () => {
  it('delays no ingest, and is given up after the timeout', async () => {
    let requests = 0;
    receiver.answer = (_req, res) => {
      if (++requests > 1) res.writeHead(204).end();
    };
    const { feed, pass, settled, writer } = collector({ tuning: { delays: { timeout: 300 } } });
    for (let i = 0; i < 100; i++) {
      feed('a:1|c');
      pass(1);
    }
    // All of it came in while the first request hung.
    expect(writer.stats()).toMatchObject({ sent: 0, queued: { requests: 10 } });
    await settled();
    expect(samples()['a_total{}']!.at(-1)).toEqual([100, 100]);
    expect(writer.stats()).toMatchObject({ sent: 10, retries: 1 });
  });

  it('that answers byte by byte is given up as well', async () => {
    let requests = 0;
    receiver.answer = (_req, res) => {
      if (++requests > 1) return res.writeHead(204).end();
      res.writeHead(500);
      const timer = setInterval(() => res.write('.'), 20);
      res.on('close', () => clearInterval(timer));
    };
    const { feed, pass, settled, writer } = collector({ tuning: { delays: { timeout: 200 } } });
    feed('a:1|c');
    pass(10);
    await settled();
    expect(writer.stats()).toMatchObject({ sent: 1, retries: 1 });
  });

  it('that hangs holds an exit for its time and no longer; what is left is counted and told', async () => {
    receiver.answer = () => {};
    const { feed, pass, writer, told } = collector({ tuning: { delays: { exit: 300 } } });
    feed('a:1|c');
    pass(10);
    feed('b:1|c');
    await writer.close();
    // Two values, two zeros, and what explains them.
    expect(writer.stats()).toMatchObject({ sent: 0, queued: { requests: 0 }, dropped: { left: 6 } });
    expect(told.at(-1)).toContain('6 samples were not taken');
  });

  it('that comes back in time gets the last of it', async () => {
    answers(503, 503);
    const { feed, pass, writer } = collector({
      tuning: { delays: { firstRetry: 60_000, longestRetry: 60_000, exit: 20_000 } },
    });
    feed('a:1|c');
    pass(3);
    await writer.close();
    expect(samples()['a_total{}']).toEqual([
      [0, 0],
      [3, 1],
    ]);
    expect(writer.stats().dropped.left).toBe(0);
  });
});

describe('the clock', () => {
  it.each([
    [300, 'behind'],
    [-300, 'ahead of'],
  ])('%i s against the target: told once, and in the stats', async (seconds, words) => {
    const { feed, pass, settled, writer, told, clock } = collector();
    receiver.answer = (_req, res) =>
      res.writeHead(204, { date: new Date(clock.ms + seconds * 1000).toUTCString() }).end();
    for (let i = 0; i < 3; i++) {
      feed('a:1|c');
      pass(10);
      await settled();
    }
    expect(Math.abs(writer.stats().clockSkew! + seconds)).toBeLessThanOrEqual(1);
    expect(told).toEqual([expect.stringMatching(`clock is (299|300|301) s ${words} the target's`)]);
  });

  it('a few seconds off is not worth a word', async () => {
    const { feed, pass, settled, writer, told, clock } = collector();
    receiver.answer = (_req, res) =>
      res.writeHead(204, { date: new Date(clock.ms + 20_000).toUTCString() }).end();
    feed('a:1|c');
    pass(10);
    await settled();
    expect(Math.abs(writer.stats().clockSkew! + 20)).toBeLessThanOrEqual(1);
    expect(told).toEqual([]);
  });
});
