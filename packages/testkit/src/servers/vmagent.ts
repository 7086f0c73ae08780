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
  /** Asks the VictoriaMetrics behind it, once that has all that it took. */
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
    // One after the other, so that what came last arrives last.
    '-remoteWrite.queues=1',
  ];
  const program = await startRestartable(() => startProgram(VMAGENT!, args, { ready: port }), folder);
  let marks = 0;
  return {
    ...program,
    url,
    async query(expression, at) {
      const mark = `mark{number="${++marks}"}`;
      const sent = await fetch(`${url}/api/v1/import/prometheus`, { method: 'POST', body: `${mark} 1\n` });
      if (!sent.ok) throw new Error(`vmagent answered ${sent.status}`);
      const arrived = await eventually(
        () => victoria.query(mark),
        (found) => found.length > 0,
      );
      if (arrived.length === 0) throw new Error('what vmagent took did not come out of it');
      return victoria.query(expression, at);
    },
    async stop() {
      await program.stop();
      await victoria.stop();
    },
  };
}
