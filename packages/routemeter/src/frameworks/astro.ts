import { fileBeside } from '../platform/index.ts';

/** What is used of Astro while it is set up. */
interface Setup {
  addMiddleware(middleware: { entrypoint: string; order: 'pre' }): void;
}

/** An integration of Astro. */
export interface AstroIntegration {
  name: string;
  // biome-ignore lint/suspicious/noExplicitAny: they are Astro's
  hooks: Record<string, (setup: any) => void>;
}

/**
 * An integration of Astro 7 that names every request after the route that answered, for the process's meter.
 * The server runs under the preload, which sees requests before Astro does.
 *
 * @example
 * // astro.config.mjs
 * export default defineConfig({ integrations: [astroMeter()] })
 */
export function astroMeter(): AstroIntegration {
  return {
    name: 'routemeter',
    hooks: {
      'astro:config:setup': ({ addMiddleware }: Setup) =>
        addMiddleware({
          entrypoint: fileBeside('astro-middleware.mjs') ?? 'routemeter/astro-middleware',
          order: 'pre',
        }),
    },
  };
}

export default astroMeter;
