import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** One kept connection that sends bytes as they are and gives back the bytes of each answer. */
export class RawClient {
  private readonly socket: Socket;
  private text = '';
  private ended = false;
  private wake = () => {};

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.text += text;
      this.wake();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.ended = true;
      this.wake();
    });
  }

  /** @param to a port of 127.0.0.1, or the path of a Unix socket: that one reaches into network namespaces. */
  static async connect(to: number | string): Promise<RawClient> {
    const socket = typeof to === 'number' ? connect(to, '127.0.0.1') : connect(to);
    const client = new RawClient(socket);
    await once(socket, 'connect');
    return client;
  }

  /** The answer to one request, without its date; what there is of it where the connection ended. */
  async ask(request: string): Promise<string> {
    const isHead = request.startsWith('HEAD ');
    this.socket.write(request, 'latin1');
    for (;;) {
      const length = lengthOf(this.text, isHead);
      if (length !== null || this.ended) {
        const answer = this.text.slice(0, length ?? undefined);
        this.text = this.text.slice(answer.length);
        return answer.replace(/^date: .*$/im, 'Date: -');
      }
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  close(): void {
    this.socket.destroy();
  }
}

/** How long the answer at the beginning of a text is; null where it is not whole yet. */
function lengthOf(text: string, isHead: boolean): number | null {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const head = text.slice(0, end);
  const body = end + 4;
  if (isHead || /^HTTP\/1\.1 (204|304)/.test(head)) return body;
  const length = /^content-length: (\d+)/im.exec(head);
  if (length !== null) return text.length >= body + Number(length[1]) ? body + Number(length[1]) : null;
  const last = text.indexOf('\r\n0\r\n\r\n', end);
  return last < 0 ? null : last + 7;
}
