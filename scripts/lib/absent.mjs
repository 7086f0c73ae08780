// Servers that could not be had: their modules are asked for again, and what the module proxy says is kept.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './process.mjs';

export const ABSENT = join(ROOT, 'packages/testkit/src/collectors/absent.json');
const ASK_MS = 120_000;

/** Asks for each module once. One that can be had by now keeps its reason, and is told: it is to be run. */
export async function askForAbsent() {
  const folder = mkdtempSync(join(tmpdir(), 'routemeter-absent-'));
  try {
    writeFileSync(join(folder, 'go.mod'), 'module absent\n');
    const all = JSON.parse(readFileSync(ABSENT, 'utf8'));
    for (const one of all) {
      if (one.module === undefined) continue;
      const said = await refusal(one.module, folder);
      if (said === undefined) console.log(`${one.name}: ${one.module} can be had now`);
      else {
        one.why = `\`${one.module}\`: ${said}`;
        console.log(`${one.name} cannot be had: ${said}`);
      }
    }
    writeFileSync(ABSENT, `${JSON.stringify(all, null, 2)}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Undefined where the module came. */
async function refusal(module, folder) {
  try {
    await promisify(execFile)('go', ['mod', 'download', module], { cwd: folder, timeout: ASK_MS });
    return undefined;
  } catch (error) {
    return reasonOf(error.stderr ?? error.message);
  }
}

/** What Go says, without the addresses that it asked. */
export function reasonOf(text) {
  const [, status, server] = /: (\d{3} [^\n]+)(?:\n\s*server response: ([^\n]+))?/.exec(text) ?? [];
  if (status === undefined) return text.trim().split('\n').at(-1).replace(/^go: /, '');
  return `the module proxy answered ${status}${server === undefined ? '' : `, "${server}"`}`;
}
