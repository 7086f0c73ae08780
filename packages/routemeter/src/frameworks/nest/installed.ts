import { pathToFileURL } from 'node:url';
import { requireFrom } from '../../platform/index.ts';
import { hookExceptions } from './errors.ts';
import { hookExpressAdapter } from './express.ts';

const HOOKS: ReadonlyArray<readonly [module: string, hook: (exports: never) => void]> = [
  ['@nestjs/core/exceptions/exceptions-handler.js', hookExceptions],
  [
    '@nestjs/platform-express',
    ({ ExpressAdapter }: { ExpressAdapter: { prototype: object } }) =>
      hookExpressAdapter(ExpressAdapter.prototype),
  ],
];

let asked = false;

/**
 * Follows the NestJS that the program's main file would load. Called when Express or Fastify was
 * loaded: by then Nest is loading, too, if it is used at all, and has brought `reflect-metadata`; an
 * application of Nest is made asynchronously, so what is imported here comes in time. For Nest 12,
 * whose ES modules cannot be watched without hooks on every import.
 */
export function hookInstalled(): void {
  const program = process.argv[1];
  if (asked || program === undefined || !('getMetadata' in Reflect)) return;
  asked = true;
  const { cache, resolve } = requireFrom(program);
  for (const [module, hook] of HOOKS) {
    try {
      const file = resolve(module);
      // CommonJS is watched, and would come too late this way.
      if (cache[file] !== undefined) continue;
      import(/* webpackIgnore: true */ /* @vite-ignore */ pathToFileURL(file).href)
        .then(hook as (exports: unknown) => void)
        .catch(() => {});
    } catch {
      // Not installed: no application of Nest, or of another platform.
    }
  }
}
