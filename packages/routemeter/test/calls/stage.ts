import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { httpMeter } from '../../src/frameworks/http.ts';
import type { MeterOptions } from '../../src/index.ts';
import { type CapturedMetric, type CaptureMeter, captureMeter } from '../../src/testing/index.ts';

/** What one route, and one block in it, called. */
export interface CallRow {
  route: string | undefined;
  block: string | undefined;
  /** As the page shows it: `postgresql SELECT users`, `GET api.example.com`. */
  name: string;
  count: number;
  durations: number[];
  errors: string[];
  statuses: string[];
  peer: string | undefined;
}

/** A server whose paths are routes, and a meter that keeps what it would send. */
export interface Stage {
  meter: CaptureMeter;
  /** Requests a path from outside of any request, and resolves with the body. */
  get(path: string): Promise<string>;
  /** Everything recorded, when nothing more is. */
  metrics(): Promise<CapturedMetric[]>;
  rows(): Promise<CallRow[]>;
  stop(): Promise<void>;
}

type Handler = (meter: CaptureMeter, response: http.ServerResponse) => unknown;

export async function openStage(
  routes: Readonly<Record<string, Handler>>,
  options: Omit<MeterOptions, 'url' | 'sink' | 'client' | 'dialect' | 'server' | 'runtime'> = {},
): Promise<Stage> {
  const meter = captureMeter({ upstreams: true, breakdown: true, flushMs: 3_600_000, ...options });
  const server = http.createServer((request, response) => {
    const handler = routes[request.url!.replace(/\?.*/, '')];
    void (async () => {
      try {
        const answer = await handler?.(meter, response);
        if (!response.writableEnded) response.end(String(answer ?? ''));
      } catch (error) {
        response.statusCode = 500;
        response.end(String((error as Error)?.message));
      }
    })();
  });
  httpMeter(server, { meter, route: (request) => request.url!.replace(/\?.*/, '') });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const metrics = async () => {
    await meter.settled();
    return meter.metrics();
  };
  return {
    meter,
    metrics,
    get: (path) =>
      new Promise((resolve, reject) => {
        const request = http.get({ port, host: '127.0.0.1', path, agent: false }, (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (part: string) => {
            text += part;
          });
          response.on('end', () => resolve(text)).on('error', reject);
        });
        request.on('error', reject);
      }),
    rows: async () => rowsOf(await metrics()),
    async stop() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      await meter.close();
    },
  };
}

const CALL =
  /^(?:http\.client\.request|db\.client\.operation|messaging\.client\.operation|rpc\.client\.call)$/;

/** One row for each route, block and name. */
export function rowsOf(metrics: readonly CapturedMetric[]): CallRow[] {
  const rows = new Map<string, CallRow>();
  for (const { name, value, tags } of metrics) {
    if (!CALL.test(name)) continue;
    const shown = shownName(tags);
    const key = [tags.http_route, tags.block, shown].join('\0');
    let row = rows.get(key);
    if (row === undefined) {
      const { http_route: route, block, server_address: peer } = tags;
      row = { route, block, name: shown, count: 0, durations: [], errors: [], statuses: [], peer };
      rows.set(key, row);
    }
    row.count++;
    row.durations.push(Number(value));
    if (tags.error_type !== undefined) row.errors.push(tags.error_type);
    if (tags.http_response_status_code !== undefined) row.statuses.push(tags.http_response_status_code);
  }
  return [...rows.values()];
}

/** The values of one leaf of calls (`wait`, `repeated`, `pool`) by name of the call. */
export function leafOf(
  metrics: readonly CapturedMetric[],
  leaf: string,
  route: string,
): Record<string, number[]> {
  const found: Record<string, number[]> = {};
  for (const { name, value, tags } of metrics) {
    if (
      !name.endsWith(`.${leaf}`) ||
      !CALL.test(name.slice(0, -leaf.length - 1)) ||
      tags.http_route !== route
    )
      continue;
    found[shownName(tags)] ??= [];
    found[shownName(tags)]!.push(Number(value));
  }
  return found;
}

function shownName(tags: Readonly<Record<string, string>>): string {
  if (tags.http_request_method !== undefined)
    return [tags.http_request_method, tags.server_address, tags.url_template].filter(Boolean).join(' ');
  if (tags.db_system_name !== undefined)
    return `${tags.db_system_name} ${tags.db_query_summary ?? tags.db_operation_name}`;
  if (tags.messaging_system !== undefined)
    return [tags.messaging_system, tags.messaging_operation_name, tags.messaging_destination_name]
      .filter(Boolean)
      .join(' ');
  return `${tags.rpc_system} ${tags.rpc_method}`;
}
