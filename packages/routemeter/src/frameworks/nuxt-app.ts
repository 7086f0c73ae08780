import type { IncomingMessage } from 'node:http';
import { notePage, type Page } from './told/context.ts';

/** What is used of an application of Nuxt, which is made for each request. */
interface NuxtApp {
  ssrContext?: { event?: { node?: { req?: IncomingMessage } } };
  $router?: { currentRoute?: { value?: { matched?: ReadonlyArray<{ path?: string }> } } };
}

/** Part of the module `routemeter/nuxt`: says which page a request was for. */
export default function nuxtAppMeter(app: NuxtApp): void {
  const request = app.ssrContext?.event?.node?.req;
  const page: Page = () => app.$router?.currentRoute?.value?.matched?.at(-1)?.path ?? null;
  if (request !== undefined) notePage(request, page);
}
