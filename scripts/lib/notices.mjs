import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const PACKAGE = /^(.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+))[\\/]/;

/**
 * A plugin for Rolldown and Vite: what is bundled of other packages stands with their licences in
 * `fileName`, as these ask for.
 */
export function notices(fileName) {
  const folders = new Map();
  return {
    name: 'notices',
    generateBundle(_options, bundle) {
      for (const chunk of Object.values(bundle)) {
        for (const id of Object.keys(chunk.modules ?? {})) {
          const found = PACKAGE.exec(id.replace(/^\0/, ''));
          if (found !== null) folders.set(found[2].replaceAll('\\', '/'), found[1]);
        }
      }
      if (folders.size === 0) return;
      const parts = [...folders].sort().map(([name, folder]) => notice(name, folder));
      this.emitFile({ type: 'asset', fileName, source: `${parts.join('\n---\n\n')}` });
    },
  };
}

function notice(name, folder) {
  const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)(\.|$)/i.test(entry));
  const text = file === undefined ? '' : readFileSync(join(folder, file), 'utf8').trim();
  return `# ${name} ${version} (${license})\n\n${text}\n`;
}
