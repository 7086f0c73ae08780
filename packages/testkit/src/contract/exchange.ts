import { connect } from 'node:net';
import type { ContractCase } from './case.ts';

/** Without a byte for this long, the answer will not come: the test tells which one it was. */
export const SILENT_MS = 60_000;

/** Sends one request on a connection of its own and gives all that came back, as bytes. */
export function exchange(port: number, one: ContractCase, silentMs = SILENT_MS): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.setEncoding('latin1');
    socket.setTimeout(silentMs, () => {
      reject(new Error(`${one.method} ${one.path}: silent for ${silentMs} ms after ${answer.slice(-500)}`));
      socket.destroy();
    });
    socket.on('connect', () => {
      socket.write(requestText(one));
      if (one.extra === 'abort-before-headers') setTimeout(() => socket.destroy(), 20);
    });
    socket.on('data', (text) => {
      answer += text;
      // The last chunk: some servers keep a connection open for a while that they said they would close.
      if (answer.endsWith('\r\n0\r\n\r\n')) socket.end();
      if (one.extra === 'abort-after-headers') setTimeout(() => socket.destroy(), 5);
    });
    socket.on('error', (error) => (one.extra === undefined ? reject(error) : resolve(answer)));
    socket.on('close', () => resolve(answer));
  });
}

function requestText({ method, path, headers = {}, body }: ContractCase): string {
  const lines = [`${method} ${path} HTTP/1.1`, 'Connection: close'];
  for (const [name, value] of Object.entries({ Host: 'contract', ...headers }))
    lines.push(`${name}: ${value}`);
  if (body !== undefined) lines.push(`Content-Length: ${Buffer.byteLength(body)}`);
  return `${lines.join('\r\n')}\r\n\r\n${body ?? ''}`;
}

/** An answer without what changes by itself. */
export function withoutDate(answer: string): string {
  return answer.replace(/^date: .*$/im, 'date: -');
}

/** The status in an answer; null where the client did not wait for one. */
export function statusOf(answer: string): number | null {
  const found = /^HTTP\/1\.1 (\d{3})/.exec(answer);
  return found === null ? null : Number(found[1]);
}
