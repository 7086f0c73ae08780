import { setTimeout as sleep } from 'node:timers/promises';
import { Rig } from '../suite/rig.ts';

// Started with --expose-gc. What a request leaves behind must not hold it.
const rig = new Rig();
await rig.listen();
const kept: WeakRef<object>[] = [];
rig.handler = async (req, res, me) => {
  kept.push(new WeakRef(req), new WeakRef(res));
  for await (const _chunk of req) me.burn(1);
  const end = me.block(`${me.name} scope`);
  await sleep(1);
  end();
  res.end();
};
for (let i = 0; i < 5; i++) {
  await Promise.all([rig.post(`a${i}`, ['one']), rig.get(`b${i}`)]);
  await rig.settled(`a${i}`, `b${i}`);
}
// The works are kept here on purpose: they must not lead to a request. The hook is still on.
const works = rig.seen.size;
let alive = kept.length;
for (let i = 0; i < 50 && alive > 0; i++) {
  await sleep(20);
  globalThis.gc?.();
  alive = kept.filter((ref) => ref.deref() !== undefined).length;
}
await rig.stop();
process.stdout.write(`${JSON.stringify({ works, requests: kept.length, alive })}\n`);
process.exit();
