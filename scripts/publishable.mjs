// Runs before each npm publish (prepublishOnly) and in the release workflow: refuses what could not be traced
// to its source.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './lib/process.mjs';
import { obstacles } from './lib/publishable.mjs';

const changelog = readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8');
const found = ['packages/routemeter', 'packages/live'].flatMap((folder) =>
  obstacles(
    JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')),
    folder,
    process.env,
    changelog,
  ),
);
for (const line of found) console.error(line);
if (found.length > 0) process.exitCode = 1;
