import { createServer } from 'node:net';

/** Whether a port of 127.0.0.1 can be listened on. */
export function isFree(port) {
  return new Promise((tell) => {
    const server = createServer();
    server.once('error', () => tell(false));
    server.listen(port, '127.0.0.1', () => server.close(() => tell(true)));
  });
}
