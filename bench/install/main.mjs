// What an installation brings: bytes of all files, and packages.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { testkit } from '../lib/bundled.mjs';
import { rival } from '../lib/rivals.mjs';

const RIVALS = resolve(import.meta.dirname, '../rivals');

/** @returns `{ installed: { name: { bytes, packages } }, missing }` */
export async function measureInstall({ log }) {
  log('install: Routemeter');
  const installed = { Routemeter: await ours() };
  const missing = {};
  for (const name of readdirSync(RIVALS)) {
    log(`install: ${name}`);
    const { folder, missing: why } = await rival(name);
    if (why === undefined) installed[name] = ofFolder(folder);
    else missing[name] = why;
  }
  return { installed, missing };
}

/** Of what npm would publish; it has no dependencies. */
async function ours() {
  const { pack } = await testkit('pack');
  const temporary = mkdtempSync(join(tmpdir(), 'routemeter-size-'));
  try {
    const { archive } = await pack('packages/routemeter', temporary);
    const folder = join(temporary, 'package');
    mkdirSync(folder);
    execFileSync('tar', ['xzf', archive, '-C', folder, '--strip-components=1']);
    const { dependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return { bytes: bytesOf(folder), packages: 1 + Object.keys(dependencies).length };
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function ofFolder(folder) {
  const modules = join(folder, 'node_modules');
  const { packages } = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8'));
  return { bytes: bytesOf(modules), packages: Object.keys(packages).length };
}

function bytesOf(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
