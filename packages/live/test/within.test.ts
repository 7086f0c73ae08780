import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { within } from '../src/within.ts';
import { startFakeEngine } from './store/fake-engine.ts';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

it('ends a question that is not answered in time, whatever is collected meanwhile', async () => {
  await using engine = await startFakeEngine(() => new Promise(() => {}));
  const stop = new AbortController();
  const asked = within(300, stop.signal, (signal) => fetch(engine.url, { signal }));
  const collecting = setInterval(gc, 20);
  try {
    await expect(asked).rejects.toMatchObject({ name: 'TimeoutError' });
  } finally {
    clearInterval(collecting);
  }
});

it('ends with what it hangs on, before or later, and leaves nothing there', async () => {
  const stop = new AbortController();
  const waiting = (signal: AbortSignal) =>
    new Promise<never>((_, reject) => {
      const end = () => reject(signal.reason);
      if (signal.aborted) end();
      else signal.addEventListener('abort', end);
    });
  expect(await within(60_000, stop.signal, async () => 'done')).toBe('done');
  const running = within(60_000, stop.signal, waiting);
  stop.abort(new Error('closed'));
  await expect(running).rejects.toThrow('closed');
  await expect(within(60_000, stop.signal, waiting)).rejects.toThrow('closed');
});
