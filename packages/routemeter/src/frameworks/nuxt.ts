import { fileBeside } from '../platform/index.ts';

/** What is used of Nuxt while it builds. */
interface Nuxt {
  options: { plugins: Array<{ src: string; mode: 'server' }> };
  hook(name: 'nitro:config', listener: (config: { plugins?: string[] }) => void): unknown;
}

/**
 * A module of Nuxt 4 that measures every request: pages by the path of Vue's router, handlers of `server/` by
 * Nitro's, for the process's meter.
 *
 * @example
 * // nuxt.config.ts
 * export default defineNuxtConfig({ modules: ['routemeter/nuxt'] })
 */
export default function nuxtMeter(_options: unknown, nuxt: Nuxt): void {
  nuxt.hook('nitro:config', (config) => {
    config.plugins = [...(config.plugins ?? []), beside('nitro.mjs')];
  });
  nuxt.options.plugins.push({ src: beside('nuxt-app.mjs'), mode: 'server' });
}

function beside(file: string): string {
  return fileBeside(file) ?? `routemeter/${file.replace('.mjs', '')}`;
}
