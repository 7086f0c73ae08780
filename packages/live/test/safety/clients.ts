import { connect, type Socket } from 'node:net';

/** What a connection that sends `text` gets to read until it is closed. */
export async function exchange(port: number, text: string | Uint8Array): Promise<string> {
  const socket = await opened(port);
  let answer = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    answer += chunk;
  });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write(text);
  await closed;
  return answer;
}

/** The status of an answer's first line; 0 where the connection was closed without one. */
export function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
}

/** An open connection; errors that come later are nobody's business. */
export async function opened(target: number | string): Promise<Socket> {
  const socket =
    typeof target === 'number' ? connect({ port: target, host: '127.0.0.1' }) : connect({ path: target });
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
  return socket;
}

/** How often each value comes. */
export function tally(values: Iterable<string | number>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

/** A tally as text: `3 x 200, 1 x 404`. */
export function told(counts: Record<string, number>): string {
  return Object.entries(counts)
    .map(([value, count]) => `${count} x ${value}`)
    .join(', ');
}
