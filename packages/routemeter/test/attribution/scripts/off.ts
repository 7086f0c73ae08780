import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { Rig } from '../suite/rig.ts';

// Started with --expose-internals: asks Node itself which hooks are on.
const require = createRequire(import.meta.url);
const { getHookArrays } = require('internal/async_hooks') as { getHookArrays(): [unknown[], unknown[]] };
const { internalBinding } = require('internal/test/binding') as {
  internalBinding(name: string): { getPromiseHooks(): unknown[] };
};
const { getPromiseHooks } = internalBinding('async_wrap');
const { runInAsyncScope } = AsyncResource.prototype;
const { bind } = AsyncLocalStorage;

function installed() {
  return {
    async: getHookArrays()[0].length,
    promise: getPromiseHooks().filter((hook) => hook !== undefined).length,
    patched: Number(
      AsyncResource.prototype.runInAsyncScope !== runInAsyncScope || AsyncLocalStorage.bind !== bind,
    ),
  };
}

const bare = installed();
// On Node 20 and 22 an AsyncLocalStorage is itself made of a hook, whoever uses it.
new AsyncLocalStorage().run(1, () => {});
const withStorage = installed();

const rig = new Rig();
await rig.listen();
rig.handler = async (req, res, me) => {
  for await (const _chunk of req) me.burn(1);
  await me.time(`${me.name} block`, async () => sleep(1));
  const end = me.block(`${me.name} scope`);
  await sleep(1);
  end();
  if (me.name.startsWith('look')) looks.push(installed());
  res.end();
};
const looks: ReturnType<typeof installed>[] = [];

rig.choose = () => false;
await Promise.all([rig.post('a', ['one', 'two']), rig.get('b'), rig.post('look1', ['one'])]);
await rig.settled('a', 'b', 'look1');
const off = { during: looks.pop(), after: installed(), mode: rig.engine.cpuMode().mode };
const afterMode = installed();

rig.choose = () => true;
await rig.all('look2');
const on = looks.pop();
await sleep(300);
const again = installed();
await rig.stop();

process.stdout.write(`${JSON.stringify({ bare, withStorage, off, afterMode, on, again })}\n`);
