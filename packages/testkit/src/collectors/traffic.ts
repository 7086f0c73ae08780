import { fork } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { ServerName } from '../../../routemeter/src/config/servers.ts';
import { type Kind, type Reading, Readings, tagsOf } from './reading.ts';

const APP = fileURLToPath(new URL('app.mjs', import.meta.url));
const KINDS: Record<string, Kind> = { c: 'count', g: 'gauge', s: 'set' };

export interface Traffic {
  /** What was recorded, from the copy that the library sends to a live server. */
  recorded: Reading[];
  stats: { samples: number; handed: number; dropped: Record<string, number> };
}

/** Runs the application under traffic, with `server` as its setting, sending to `url`. */
export async function traffic(server: ServerName, url: string): Promise<Traffic> {
  const copy = createSocket('udp4').bind(0, '127.0.0.1');
  await once(copy, 'listening');
  const lines: string[] = [];
  copy.on('message', (payload) => lines.push(...payload.toString().split('\n')));
  const child = fork(APP, {
    env: {
      PATH: process.env.PATH ?? '',
      ROUTEMETER_SERVER: server,
      ROUTEMETER_URL: url,
      ROUTEMETER_LIVE_URL: `udp://127.0.0.1:${(copy.address() as AddressInfo).port}`,
    },
  });
  try {
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    for (let i = 0; i < 20; i++) {
      await ask(port, `/users/${i}`);
      await ask(port, `/Orders/${i}/items/a/b`);
      if (i % 4 === 0) await ask(port, '/upload', 'POST');
    }
    await ask(port, '/nowhere');
    child.send('done');
    const [{ stats }] = (await once(child, 'message')) as [Pick<Traffic, 'stats'>];
    // Nothing marks the end of what comes over UDP: all of it was handed over before it was said.
    await new Promise((done) => setTimeout(done, 200));
    return { recorded: read(lines), stats };
  } finally {
    child.kill();
    copy.close();
  }
}

async function ask(port: number, path: string, method = 'GET'): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method });
  await answer.text();
}

/** Lines of DogStatsD, as the library writes them. */
function read(lines: readonly string[]): Reading[] {
  const readings = new Readings();
  const members = new Map<string, Set<string>>();
  for (const line of lines.filter(Boolean)) {
    const [, name, text, type, rate = '1', tags = ''] =
      /^(.+?):(.+?)\|(\w+)(?:\|@([\d.]+))?(?:\|#(.*))?$/.exec(line)!;
    const base = { name: name!, tags: tagsOf(tags === '' ? [] : tags.split(','), ':') };
    const kind = KINDS[type!] ?? 'timing';
    const values = text!.split(':');
    const weight = 1 / Number(rate);
    if (kind === 'set') {
      const all = members.get(name!) ?? new Set();
      members.set(name!, all.add(text!));
      readings.add({ ...base, kind, value: all.size });
    } else if (kind === 'timing') {
      const sum = values.reduce((total, value) => total + Number(value), 0) * weight;
      readings.add({ ...base, kind, count: values.length * weight, sum });
    } else readings.add({ ...base, kind, value: Number(values[0]) * weight });
  }
  return readings.list();
}
