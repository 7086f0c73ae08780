import http2 from 'node:http2';
import type net from 'node:net';
import { ASKS, pathOf, WHOLE } from './asks.ts';
import type { Ending } from './table.ts';

/** A client that is still there; ends it. */
export type Quit = () => void;

/** Asks over HTTP/1, after a request on the same connection where `first` says so. */
export function askHttp1(socket: net.Socket, ending: Ending, handled: Promise<void>, first: boolean): Quit {
  const { method, headers, body, leaves, how, reads } = ASKS[ending];
  const leave = (): void => {
    if (how === 'end') socket.end();
    else if (how === 'reset') socket.resetAndDestroy();
    else socket.destroy();
  };
  const lengths = {
    none: [],
    whole: [`content-length: ${WHOLE.length}`],
    part: ['content-length: 10'],
    broken: ['transfer-encoding: chunked'],
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const head = [`${method} ${pathOf(ending)} HTTP/1.1`, 'host: x', ...lines, ...lengths[body], '', ''].join(
    '\r\n',
  );
  const sent = { none: '', whole: WHOLE, part: 'abc', broken: '3\r\nabc\r\n' }[body];
  let text = '';
  socket.on('error', () => {});
  if (reads) {
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      const answer = first ? text.slice(text.indexOf('first') + 5) : text;
      const [, after] = answer.split('\r\n\r\n');
      if (after === undefined || (first && !text.includes('first'))) return;
      if (leaves === 'headers' || (leaves === 'body' && after.length > 0)) leave();
    });
  } else {
    socket.pause();
  }
  socket.write(`${first ? 'GET /first HTTP/1.1\r\nhost: x\r\n\r\n' : ''}${head}${sent}`);
  void handled.then(() => {
    if (leaves === 'handled') leave();
    if (body === 'broken') socket.write('zz\r\n');
  });
  return () => socket.destroy();
}

/** Asks over HTTP/2, each on a session of its own. */
export function askHttp2(port: number, ending: Ending, handled: Promise<void>): Quit {
  const { method, headers, body, leaves, how, reads } = ASKS[ending];
  const session = http2.connect(`http://127.0.0.1:${port}`);
  session.on('error', () => {});
  const isTunnel = ending === 'upgrade';
  const { connection: _connection, upgrade: _upgrade, ...rest } = headers;
  const asked = isTunnel
    ? { ':method': 'CONNECT', ':authority': 'x:1' }
    : { ':method': method, ':path': pathOf(ending), ...rest };
  const stream = session.request(asked, { endStream: method !== 'POST' && !isTunnel });
  const leave = (): void => {
    if (how === 'reset') session.destroy();
    else stream.close(http2.constants.NGHTTP2_CANCEL);
  };
  stream.on('error', () => {});
  stream.on('response', () => {
    if (leaves === 'headers') leave();
  });
  stream.once('data', () => {
    if (!reads) stream.pause();
    if (leaves === 'body') leave();
  });
  if (body === 'whole') stream.end(WHOLE);
  if (body === 'part') stream.write('abc');
  void handled.then(() => {
    if (leaves === 'handled') leave();
  });
  return () => session.destroy();
}
