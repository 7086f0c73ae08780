import type { Finding } from './finding.ts';

/** The majors that the tests run on, and the first minor of each that has what is needed. */
const TESTED: ReadonlyMap<number, number> = new Map([
  [20, 19],
  [22, 0],
  [24, 0],
  [26, 0],
]);

/** Whether this Node is one that the library is tested on. */
export function checkNode(version = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const facts = { version, tested: [...TESTED.keys()] };
  const least = TESTED.get(major);
  if (least !== undefined && minor >= least) {
    return { check: 'node', level: 'ok', text: `Node ${version}`, facts };
  }
  if (major < 20 || (major === 20 && minor < 19)) {
    return {
      check: 'node',
      level: 'problem',
      text: `Node ${version} is too old: 20.19 or later is needed`,
      facts,
    };
  }
  return {
    check: 'node',
    level: 'note',
    text: `Node ${version} is none of those the tests run on (${[...TESTED.keys()].join(', ')})`,
    facts,
  };
}
