import { afterEach, expect, it } from 'vitest';
import { currentUnit } from '../../src/unit/index.ts';
import { UNNAMED } from '../../src/unit/recorder.ts';
import { openStage, type Stage } from '../calls/stage.ts';

let stage: Stage | null = null;
afterEach(() => stage?.stop());

const charge = (times: number, ms = 1) => {
  const unit = currentUnit()!;
  for (let at = 0; at < times; at++) unit.recorder.remote(unit, ms);
};
const sent = async () =>
  (await stage!.metrics())
    .filter(({ name }) => name.endsWith('cpu_remote'))
    .map(({ name, value, tags }) => [name, tags.http_route ?? tags.work_name, Number(value)]);

it('what threads used for a unit is summed under its name, open or ended', async () => {
  let charged = () => {};
  const late = new Promise<void>((resolve) => {
    charged = resolve;
  });
  stage = await openStage(
    {
      '/open': () => charge(3, 2),
      '/ended': (_, response) => {
        response.once('close', () => {
          setImmediate(() => {
            charge(1, 5);
            charged();
          });
        });
      },
    },
    { ignore: ['silent'] },
  );
  const { meter } = stage;
  await stage.get('/open');
  await stage.get('/ended');
  meter.work('resize', () => charge(2, 4), { kind: 'job' });
  meter.work('silent', () => charge(2, 4));
  meter.work('nothing', () => charge(3, Number.NaN));
  await late;
  expect((await sent()).sort()).toEqual([
    ['http.server.cpu_remote', '/ended', 5],
    ['http.server.cpu_remote', '/open', 6],
    ['messaging.cpu_remote', 'resize', 8],
  ]);
});

it('what waits for the name of a request has a bound, and is kept while that is open', async () => {
  let answer: (() => void) | null = null;
  stage = await openStage({
    '/open': async () => {
      charge(UNNAMED + 50);
      await new Promise<void>((resolve) => {
        answer = resolve;
      });
    },
  });
  const asked = stage.get('/open');
  while (answer === null) await new Promise((later) => setTimeout(later, 5));
  expect(await sent()).toEqual([]);
  (answer as () => void)();
  await asked;
  expect(await sent()).toEqual([['http.server.cpu_remote', '/open', UNNAMED]]);
});

it('a meter that measures no CPU tells nothing of threads', async () => {
  stage = await openStage({}, { cpu: 'off' });
  stage.meter.work('resize', () => charge(2, 4));
  expect(await sent()).toEqual([]);
});
