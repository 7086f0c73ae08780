import http from 'node:http';
import { SILENT_MS } from './exchange.ts';

/** Connections open at the same time. */
const AT_ONCE = 16;

/** Asks for all addresses, and counts the answers; what a client refuses to send, or loses, is an error. */
export async function flood(port: number, urls: readonly string[]): Promise<number> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: AT_ONCE });
  let at = 0;
  let answered = 0;
  const ask = (path: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const request = http.request({ host: '127.0.0.1', port, agent, path }, (response) => {
        response.resume();
        response.on('end', () => {
          answered++;
          resolve();
        });
        response.on('error', reject);
      });
      request.on('error', reject);
      request.setTimeout(SILENT_MS, () =>
        request.destroy(new Error(`GET ${path}: silent for ${SILENT_MS} ms`)),
      );
      request.end();
    });
  const worker = async (): Promise<void> => {
    for (let url = urls[at++]; url !== undefined; url = urls[at++]) await ask(url);
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  } finally {
    agent.destroy();
  }
  return answered;
}
