import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { RUNTIME_METRICS } from '../../src/runtime/index.ts';

it('docs/runtime.md lists every metric of the process with what it means', () => {
  const page = readFileSync(new URL('../../../../docs/runtime.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `(nodejs\.[^`]+)` \| (.+) \|$/gm)].map(([, name, about]) => [
    name,
    about,
  ]);
  expect(rows).toEqual(RUNTIME_METRICS.flatMap((metric) => Object.entries(metric.sends)));
});
