import { LiveError } from '../errors.ts';
import type { LiveOptions } from '../options.ts';
import type { PromqlStoreOptions } from '../store/promql/promql.ts';
import { headersOf } from './headers.ts';

/** Neither address nor headers can be shown whole: both may hold a password. */
export function storeSettings(options: LiveOptions): PromqlStoreOptions | undefined {
  const { store, storeHeaders, storeTuning = {} } = options;
  if (store === undefined) {
    if (storeHeaders === undefined) return undefined;
    throw new LiveError('BAD_OPTION', 'storeHeaders: nothing is asked; give an address with --store URL');
  }
  const url = URL.canParse(store) ? new URL(store) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    const shown = store.replace(/\/\/.*@/, '//');
    throw new LiveError('BAD_OPTION', `store: ${shown} is not an address such as http://127.0.0.1:8428`);
  }
  const hasUser = url.username !== '' || url.password !== '';
  return { ...storeTuning, url, headers: headersOf('store', storeHeaders, hasUser) };
}
