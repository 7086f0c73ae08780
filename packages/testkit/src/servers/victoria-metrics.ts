import { dataFolder, freePort, type RestartableProgram, startProgram, startRestartable } from './program.ts';

export const VICTORIA_PROGRAMS = { '/usr/bin/victoria-metrics': 'victoria-metrics' };

/** Debian's, or another version at a path: `npm run test:collectors` runs the same tests over today's. */
const executable = process.env.TEST_VICTORIA_METRICS ?? 'victoria-metrics';

export interface VictoriaSeries {
  metric: Record<string, string>;
  values: number[];
}

export interface VictoriaMetrics extends RestartableProgram {
  url: string;
  /** Where it takes Graphite's plain text. */
  graphitePort: number;
  /** Takes lines of InfluxDB's protocol. */
  writeInflux(lines: readonly string[]): Promise<void>;
  /** Takes text as Prometheus scrapes it, as of now. */
  importPrometheus(text: string): Promise<void>;
  /** Evaluates an expression now, or `at` (Unix ms); throws what the server says against it. */
  query(
    expression: string,
    at?: number,
  ): Promise<{ metric: Record<string, string>; value: [at: number, text: string] }[]>;
  /** Every raw sample of the series that match. */
  export(match: string): Promise<VictoriaSeries[]>;
}

export async function startVictoriaMetrics(): Promise<VictoriaMetrics> {
  const folder = dataFolder('victoria');
  const [port, graphitePort] = [await freePort(), await freePort()];
  const args = [
    `-storageDataPath=${folder}`,
    `-httpListenAddr=127.0.0.1:${port}`,
    `-graphiteListenAddr=127.0.0.1:${graphitePort}`,
    '-search.latencyOffset=0s',
    '-retentionPeriod=1',
  ];
  const launch = () => startProgram(executable, args, { ready: port });
  const program = await startRestartable(launch, folder);
  const url = `http://127.0.0.1:${port}`;
  return {
    ...program,
    url,
    graphitePort,
    async writeInflux(lines) {
      const answer = await fetch(`${url}/write?precision=ns`, { method: 'POST', body: lines.join('\n') });
      if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
    },
    async importPrometheus(text) {
      const answer = await fetch(`${url}/api/v1/import/prometheus`, { method: 'POST', body: text });
      if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
    },
    async query(expression, at) {
      await fetch(`${url}/internal/force_flush`).then((answer) => answer.text());
      // The value of a second ago must not be answered again.
      const time = at === undefined ? {} : { time: String(at / 1000) };
      const query = new URLSearchParams({ query: expression, nocache: '1', ...time });
      const answer = await fetch(`${url}/api/v1/query?${query}`);
      const body = (await answer.json()) as { status: string; error?: string; data: { result: never } };
      if (body.status !== 'success') throw new Error(`${expression}: ${body.error}`);
      return body.data.result;
    },
    async export(match) {
      // What was just written is searchable only after a while, or when told so.
      await fetch(`${url}/internal/force_flush`).then((answer) => answer.text());
      const query = new URLSearchParams({ 'match[]': match, reduce_mem_usage: '1' });
      const answer = await fetch(`${url}/api/v1/export?${query}`);
      const text = await answer.text();
      // One line for each block of a series: what was flushed in between stands in several.
      const series = new Map<string, VictoriaSeries>();
      for (const line of text.split('\n').filter((line) => line !== '')) {
        const block = JSON.parse(line) as VictoriaSeries;
        const known = series.get(JSON.stringify(block.metric));
        if (known === undefined) series.set(JSON.stringify(block.metric), block);
        else known.values.push(...block.values);
      }
      return [...series.values()];
    },
  };
}
