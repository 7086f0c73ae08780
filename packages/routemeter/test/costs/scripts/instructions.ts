// Answers requests of an app, as many as each line of its input says, and says so: what they take is counted from
// outside. Arguments: the app, its path, and the option `cpu` of its meter, or `none` for no meter.

import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { Clients } from '../../../../testkit/src/clients.cjs';
import { APPS, type AppName, listening } from './apps.ts';
import { steadyClock } from './clock.ts';

const [app, path, cpu] = process.argv.slice(2) as [AppName, string, 'auto' | 'off' | 'none'];

async function meter() {
  if (cpu === 'none') return null;
  const { createMeter, NullSink } = await import('../../../src/index.ts');
  // How many requests share a flush would depend on how busy the machine is.
  return createMeter({ sink: new NullSink(), flushMs: 3_600_000, cpu });
}

steadyClock();
const clients = new Clients(await listening(await APPS[app](await meter())), path);
process.stdout.write('ready\n');
for await (const line of createInterface({ input: process.stdin })) {
  await clients.send(Number.parseInt(line, 10));
  // The hook of the first requests goes off when nothing has needed it for a while.
  await wait(250);
  process.stdout.write('answered\n');
}
