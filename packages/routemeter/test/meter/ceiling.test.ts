import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { bundle } from '../../../testkit/src/bundle.ts';
import { type CapturedMetric, readLines } from '../../src/testing/read.ts';

interface Report {
  cpu: { mode: string; why: string; share: number };
  truth: [route: string, { ms: number; count: number }][];
  lines: string[];
}

let server: ChildProcess | undefined;
afterEach(() => void server?.kill('SIGKILL'));

/**
 * Asks a server under this ceiling for light and heavy answers, until `isEnough` of what it reports. The ceiling is
 * lowered until something is above it, as the machine may leave the server little time to measure anything.
 */
async function reportUnder(ceiling: number, isEnough: (report: Report) => boolean): Promise<Report> {
  const script = await bundle(new URL('./scripts/ceiling.ts', import.meta.url), 'meter-ceiling');
  server = spawn(process.execPath, [script, String(ceiling)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [port] = await once(createInterface(server.stdout!), 'line');
  const agent = new Agent({ keepAlive: true });
  const ask = (path: string) =>
    new Promise<string>((resolve, reject) => {
      get({ host: '127.0.0.1', port, path, agent }, async (response) => {
        let text = '';
        for await (const part of response.setEncoding('utf8')) text += part;
        resolve(text);
      }).on('error', reject);
    });
  let report: Report;
  let batches = 0;
  let lowest = ceiling;
  do {
    if (++batches % 2 === 0 && report!.cpu.share === 1 && lowest > 0.001)
      await ask(`/lower/${(lowest = Math.max(0.001, lowest / 2))}`);
    const clients = Array.from({ length: 8 }, async (_, client) => {
      for (let i = 0; i < 10; i++) {
        await ask(client % 2 === 0 ? '/heavy' : '/light');
        // On a quiet machine it would otherwise take all of the loop, of which little may then be measured.
        await sleep(8);
      }
    });
    await Promise.all(clients);
    report = JSON.parse(await ask('/report')) as Report;
  } while (!isEnough(report));
  agent.destroy();
  server.kill('SIGKILL');
  return report;
}

/** Of each route: what its samples say of a request, in parts of what it computed, which tells how fast the machine is. */
function means({ lines, truth }: Report): Map<string, number> {
  const metrics = readLines(lines);
  return new Map(
    truth.map(([route, { ms, count }]) => {
      const own = of(metrics, 'http.server.request.cpu', route);
      const sum = own.reduce((all, { value, rate }) => all + (value as number) / rate, 0);
      const stoodFor = own.reduce((all, { rate }) => all + 1 / rate, 0);
      return [route, sum / stoodFor / (ms / count)];
    }),
  );
}

const of = (metrics: readonly CapturedMetric[], metric: string, route: string) =>
  metrics.filter(({ name, tags }) => name === metric && tags.http_route === route);

/** The means of fewer say little. */
const isEnough = ({ lines }: Report) =>
  of(readLines(lines), 'http.server.request.cpu', '/heavy').filter(({ rate }) => rate < 1).length >= 20;

it('above its ceiling CPU is measured in slices of time, with the same means', {
  timeout: 180_000,
}, async () => {
  const whole = await reportUnder(1, () => true);
  expect(whole.cpu.share).toBe(1);
  expect(whole.cpu.why).not.toContain('cpuCeiling');
  const found = readLines(whole.lines);
  for (const [route, { count }] of whole.truth) {
    expect(of(found, 'http.server.request.cpu', route).map(({ rate }) => rate)).toEqual(Array(count).fill(1));
  }

  const sliced = await reportUnder(0.02, isEnough);
  expect(sliced.cpu.share).toBeLessThan(1);
  expect(sliced.cpu.why).toMatch(
    /; [\d.]+ % is measured, in slices of time: all of it would take about [\d.]+ % of the event loop, and the option "cpuCeiling" allows [\d.]+ %$/,
  );
  const metrics = readLines(sliced.lines);
  for (const [route, mean] of means(sliced)) {
    expect(mean / means(whole).get(route)!, route).toBeGreaterThan(0.67);
    expect(mean / means(whole).get(route)!, route).toBeLessThan(1.5);
  }
  // Wall time is of all of them.
  for (const [route, { count }] of sliced.truth) {
    expect(of(metrics, 'http.server.request', route).map(({ rate }) => rate)).toEqual(Array(count).fill(1));
  }
});
