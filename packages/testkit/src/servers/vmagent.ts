import {
  dataFolder,
  eventually,
  freePort,
  type RestartableProgram,
  startProgram,
  startRestartable,
} from './program.ts';
import { startVictoriaMetrics, type VictoriaMetrics } from './victoria-metrics.ts';

/** Only where `npm run test:collectors` has built one: Debian has none. */
export const VMAGENT = process.env.TEST_VMAGENT;

export interface Vmagent extends RestartableProgram {
  /** Where it takes remote write. */
  url: string;
  /** Asks the VictoriaMetrics behind it, once that has all that was taken. */
  query: VictoriaMetrics['query'];
}

/** vmagent before a VictoriaMetrics of its own, to which it hands on what it takes. */
export async function startVmagent(): Promise<Vmagent> {
  const victoria = await startVictoriaMetrics();
  const folder = dataFolder('vmagent');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const args = [
    `-httpListenAddr=127.0.0.1:${port}`,
    `-remoteWrite.url=${victoria.url}/api/v1/write`,
    `-remoteWrite.tmpDataPath=${folder}`,
    '-remoteWrite.flushInterval=100ms',
  ];
  const program = await startRestartable(() => startProgram(VMAGENT!, args, { ready: port }), folder);
  /** Rows that earlier runs of it took. */
  let before = 0;
  const taken = async () => before + (await rowsOf(`${url}/metrics`, 'vmagent_rows_inserted_total'));
  return {
    ...program,
    url,
    async query(expression, at) {
      const wanted = await taken();
      const here = await eventually(
        () => rowsOf(`${victoria.url}/metrics`, 'vm_rows_inserted_total'),
        (rows) => rows >= wanted,
      );
      if (here < wanted) throw new Error(`${here} of ${wanted} rows came through vmagent`);
      return victoria.query(expression, at);
    },
    async goDown() {
      before = await taken();
      await program.goDown();
    },
    async stop() {
      await program.stop();
      await victoria.stop();
    },
  };
}

/** What came by remote write. */
async function rowsOf(metrics: string, name: string): Promise<number> {
  const text = await (await fetch(metrics)).text();
  const value = new RegExp(`^${name}\\{type="promremotewrite"\\} (\\S+)$`, 'm').exec(text)?.[1];
  return Number(value ?? 0);
}
