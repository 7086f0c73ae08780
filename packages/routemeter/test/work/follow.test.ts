import { afterEach, expect, test } from 'vitest';
import { RoutemeterError } from '../../src/errors/index.ts';
import { captureMeter } from '../../src/testing/index.ts';
import { Added, REMEMBERED } from '../../src/work/added.ts';
import { units } from '../../src/work/follow-units.ts';
import { unitInstallation } from '../../src/work/installation.ts';

afterEach(() => unitInstallation().remove());

/** What a library of workers looks like, as far as its source asks. */
function library() {
  class Worker {
    static last: unknown;
    callProcessJob(job: unknown) {
      return [this, job];
    }
    emit() {
      return true;
    }
  }
  return { Worker };
}

test('a module that is no such library is refused, and told by its place', () => {
  const meter = captureMeter();
  for (const wrong of [undefined, null, 7, {}, { Worker: class {} }]) {
    expect(() => units(wrong)).toThrow(RoutemeterError);
    expect(() => units(meter, library(), wrong)).toThrow(/module 2/);
  }
});

test('what is off is not hooked; what was hooked can be taken off, and looks as before', () => {
  const off = library();
  const original = Object.getOwnPropertyDescriptor(off.Worker.prototype, 'callProcessJob');
  units(captureMeter({ enabled: false }), off);
  expect(Object.getOwnPropertyDescriptor(off.Worker.prototype, 'callProcessJob')).toEqual(original);
  units(captureMeter(), off);
  const { callProcessJob } = off.Worker.prototype;
  expect(callProcessJob).not.toBe(original!.value);
  expect([callProcessJob.name, callProcessJob.length]).toEqual(['callProcessJob', 1]);
  units(captureMeter(), off);
  expect(off.Worker.prototype.callProcessJob).toBe(callProcessJob);
  unitInstallation().remove();
  expect(Object.getOwnPropertyDescriptor(off.Worker.prototype, 'callProcessJob')).toEqual(original);
});

test('who added jobs is remembered of a bounded number of them', () => {
  const { meter } = captureMeter();
  const added = new Added();
  meter.work('sender', () => {
    const adder = added.adder()!;
    for (let at = 0; at < REMEMBERED + 10; at++) added.remember(String(at), adder);
  });
  expect(added.size).toBe(REMEMBERED);
  expect([added.name('0'), added.name(String(REMEMBERED))]).toEqual([undefined, 'work sender']);
  added.forget(String(REMEMBERED));
  expect(added.name(String(REMEMBERED))).toBeUndefined();
});
