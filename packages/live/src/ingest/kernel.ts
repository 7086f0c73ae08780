import { readFile } from 'node:fs/promises';

/**
 * Datagrams that the kernel threw away because a socket's buffer was full: the last column of
 * /proc/net/udp and /proc/net/udp6. Undefined where there is no such file (anything but Linux).
 */
export async function kernelDrops(
  sockets: readonly { address: string; port: number }[],
): Promise<number | undefined> {
  let drops = 0;
  let known = false;
  for (const file of ['/proc/net/udp', '/proc/net/udp6']) {
    const text = await readFile(file, 'latin1').catch(() => undefined);
    if (text === undefined) continue;
    known = true;
    for (const line of text.split('\n').slice(1)) {
      const columns = line.trim().split(/\s+/);
      const local = columns[1];
      const dropped = Number(columns.at(-1));
      if (local === undefined || !Number.isFinite(dropped)) continue;
      if (sockets.some((socket) => local === hexAddress(socket.address, socket.port))) drops += dropped;
    }
  }
  return known ? drops : undefined;
}

/** An address as /proc/net prints it: 32-bit words in the machine's order (little-endian here), then the port. */
export function hexAddress(address: string, port: number): string {
  const bytes = address.includes(':') ? ipv6Bytes(address) : address.split('.').map(Number);
  let text = '';
  for (let word = 0; word < bytes.length; word += 4) {
    for (let i = 3; i >= 0; i--) text += bytes[word + i]!.toString(16).padStart(2, '0');
  }
  return `${text}:${port.toString(16).padStart(4, '0')}`.toUpperCase();
}

function ipv6Bytes(address: string): number[] {
  const [head = '', tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  const words = [...before, ...Array<string>(zeros).fill('0'), ...after];
  return words.flatMap((word) => [Number.parseInt(word, 16) >> 8, Number.parseInt(word, 16) & 255]);
}
