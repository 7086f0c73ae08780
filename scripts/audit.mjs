// npm run audit: advisories for what an application installs with our packages.
import { spawnSync } from 'node:child_process';
import { verdict } from './lib/audit.mjs';
import { ROOT } from './lib/process.mjs';

const packages = ['-w', 'packages/routemeter', '-w', 'packages/live'];
const { stdout, stderr } = spawnSync('npm', ['audit', '--omit=dev', '--json', ...packages], {
  cwd: ROOT,
  encoding: 'utf8',
});
const { result, text } = verdict(stdout, stderr);
console.log(`audit: ${result}, ${text}`);
if (result === 'vulnerable') process.exitCode = 1;
