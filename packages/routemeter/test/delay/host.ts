import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'vitest';
import { bundle } from '../../../testkit/src/bundle.ts';

const script = await bundle(new URL('./scripts/app.ts', import.meta.url), 'delay-app');

/** What one route was told: samples by part, and ms by culprit of each part. */
export interface Told {
  wall: number[];
  queued: number[];
  delayed: number[];
  client: number[];
  /** `queued /burn/:ms`, in ms of all requests. */
  culprits: Record<string, number>;
}

export interface Dump {
  lines: string[];
  delay: { mode: string; why: string };
  turn: number;
  late: number;
  listens: boolean;
}

/** The server of `scripts/app.ts` in a process of its own. */
export class Host {
  readonly child: ChildProcess;
  readonly port: number;

  private constructor(child: ChildProcess, port: number) {
    this.child = child;
    this.port = port;
  }

  static async start(how: string, node = process.execPath): Promise<Host> {
    const child = fork(script, [how], { execPath: node, execArgv: [] });
    const [{ port }] = await once(child, 'message');
    return new Host(child, port);
  }

  async dump(): Promise<Dump> {
    this.child.send('dump');
    const [dump] = await once(this.child, 'message');
    return dump as Dump;
  }

  /** What it recorded of a route; asked again until so many requests of it have ended. */
  async told(route: string, requests: number): Promise<Told> {
    for (;;) {
      const told = toldOf((await this.dump()).lines, route);
      if (told.wall.length >= requests) return told;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL');
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
  }
}

export function toldOf(lines: readonly string[], route: string): Told {
  const told: Told = { wall: [], queued: [], delayed: [], client: [], culprits: {} };
  for (const line of lines) {
    const [, name, text, tags] = /^([^:]+):(.*)\|[dc]\|#(.*)$/.exec(line) ?? [];
    if (text === undefined || !tags!.includes(`http_route:${route}`)) continue;
    const values = text.split(':').map(Number);
    const leaf = /^http\.server\.request\.?(\w*)$/.exec(name!)?.[1];
    if (leaf !== undefined && (leaf === '' || leaf in told)) {
      (told[(leaf || 'wall') as 'wall'] as number[]).push(...values);
    } else if (name === 'http.server.delay') {
      const tag = (key: string) => new RegExp(`(?:^|,)${key}:([^,]*)`).exec(tags!)![1]!;
      const key = `${tag('delay')} ${tag('culprit_route')}`;
      told.culprits[key] = (told.culprits[key] ?? 0) + values.reduce((sum, one) => sum + one, 0);
    }
  }
  return told;
}

export const sum = (list: readonly number[]) => list.reduce((all, one) => all + one, 0);

/** What the culprits of one part come to. */
export function blamed({ culprits }: Told, part: 'queued' | 'delayed'): number {
  return sum(Object.entries(culprits).flatMap(([key, ms]) => (key.startsWith(part) ? [ms] : [])));
}

export function expectWhole(told: Told): void {
  // Nothing is named that was not there, and all that was is told: the crowd is what is left.
  for (const part of ['queued', 'delayed'] as const) {
    const all = sum(told[part]);
    expect(Math.abs(blamed(told, part) - all), part).toBeLessThanOrEqual(all * 1e-3 + 1e-3);
  }
  for (const ms of told.queued) expect(ms).toBeGreaterThanOrEqual(0);
}
