import { hookRouter } from '../frameworks/express/hooks.ts';

/** A module by which the preload gets hold of a framework. */
export interface Hookable {
  /** The package's name on npm. */
  package: string;
  /** The file in it, without its extension; empty for its main file. */
  file: string;
  majors: readonly number[];
  /** Follows the requests of the framework that `exports` gives access to. */
  hook: (exports: unknown) => void;
}

/** Express 5 takes its router from the package `router`, which applications can use by itself, too. */
export const HOOKABLE: readonly Hookable[] = [
  {
    package: 'express',
    file: 'lib/express',
    majors: [4, 5],
    hook: (exports) => hookRouter((exports as { Router: unknown }).Router),
  },
  { package: 'router', file: '', majors: [2], hook: hookRouter },
];
