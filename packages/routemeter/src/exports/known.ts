import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { BudgetsError } from '../budgets/index.ts';
import type { KnownRoute } from './plan.ts';
import { beside } from './unit.ts';

const Table = v.object({
  routes: v.array(
    v.object({
      metric: v.optional(v.string()),
      service: v.optional(v.string()),
      method: v.string(),
      route: v.string(),
      blocks: v.optional(v.array(v.string())),
      upstreams: v.optional(v.array(v.string())),
      cpuRemote: v.optional(v.object({ mean: v.number() })),
    }),
  ),
});
const Blocks = v.object({ blocks: v.array(v.object({ name: v.string() })) });
const Calls = v.object({ calls: v.array(v.object({ name: v.string() })) });

/** Everything that a live server has seen within its retention. */
const WINDOW = 86_400;

/**
 * The routes that there are: from a running routemeter-live, or from a file with the same JSON as
 * `/api/routes`, in which a route may also list its `blocks` and `upstreams`.
 *
 * @throws BudgetsError where they cannot be had.
 */
export async function knownRoutes(from: string): Promise<KnownRoute[]> {
  const isServer = /^https?:/.test(from);
  try {
    const table = v.parse(
      Table,
      isServer ? await get(from, 'routes', {}) : JSON.parse(await readFile(from, 'utf8')),
    );
    if (!isServer) return table.routes;
    const known: KnownRoute[] = [];
    for (const route of table.routes) {
      const prefix = beside(route.metric ?? '', '');
      const { method, route: template, service } = route;
      const query = { route: template, method, ...(service ? { service } : {}) };
      const { blocks } = v.parse(Blocks, await get(from, 'blocks', query));
      const names = blocks.map(({ name }) => (name.startsWith(prefix) ? name.slice(prefix.length) : name));
      const { calls } = v.parse(Calls, await get(from, 'calls', query));
      known.push({ ...route, blocks: names, upstreams: [...new Set(calls.map(({ name }) => name))] });
    }
    return known;
  } catch (error) {
    const remedy =
      'give the address of a running routemeter-live, or a file with the answer of its /api/routes';
    throw new BudgetsError(from, [
      { at: undefined, text: `no routes: ${(error as Error).message}; ${remedy}` },
    ]);
  }
}

async function get(server: string, path: string, query: Record<string, string>): Promise<unknown> {
  const url = new URL(`/api/${path}?${new URLSearchParams({ ...query, window: String(WINDOW) })}`, server);
  const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return answer.json();
}
