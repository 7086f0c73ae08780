import { LiveError } from '../errors.ts';
import type { PromqlStoreOptions } from '../store/promql/promql.ts';
import { headersOf } from './headers.ts';

/** Options of the engine that is asked. */
export interface StoreOptions {
  /**
   * Base of the query API of a Prometheus-compatible engine, such as `http://vm:8428`: the page, the API and
   * budgets then show what the collectors of a fleet wrote there, instead of what came to this process. User
   * and password in it are sent as basic authentication. Default none.
   */
  store?: string;
  /** Headers of every request of `store`, such as `{ 'X-Scope-OrgID': 'team' }`. Default none. */
  storeHeaders?: Readonly<Record<string, string>>;
  /** @internal Shorter times, and an engine that is shared, for tests. */
  storeTuning?: Pick<PromqlStoreOptions, 'slotMs' | 'lagMs' | 'timeoutMs' | 'where'>;
}

/** Neither address nor headers can be shown whole: both may hold a password. */
export function storeSettings(options: StoreOptions): PromqlStoreOptions | undefined {
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
