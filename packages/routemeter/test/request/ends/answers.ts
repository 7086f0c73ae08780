import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import { Readable } from 'node:stream';
import type { Ending } from './table.ts';

/** More than the buffers of two sockets hold. */
const HUGE = Buffer.alloc(32e6);
const CHUNK = 'x'.repeat(20_000);
const CHUNKS = 5;
const body = (): Readable => Readable.from(Array.from({ length: CHUNKS }, () => CHUNK));

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const hello: Answer = (_, response) => response.end('hello');
const nothing: Answer = () => {};
/** All that the headers promise, without an end. */
const promised: Answer = (_, response) => {
  response.setHeader('content-length', 5);
  response.write('hello');
};

/** How the application answers, by a request and a response. */
export const ANSWERS: Record<Ending, Answer> = {
  ended: hello,
  'ended, HEAD': hello,
  'ended without reading the body': (_, response) => {
    response.statusCode = 413;
    response.end('too large');
  },
  'ended after early hints': (_, response) => {
    response.writeEarlyHints({ link: '</a.css>; rel=preload' });
    response.end('hello');
  },
  'ended at checkContinue': (request, response) => {
    response.writeContinue();
    request.resume().on('end', () => response.end('hello'));
  },
  'ended with trailers': (_, response) => {
    response.setHeader('trailer', 'x-a');
    response.write('hello');
    response.addTrailers({ 'x-a': 'b' });
    response.end();
  },
  'ended, then the request destroyed': (request, response) => {
    response.end('hello');
    request.destroy();
  },
  'piped with content-length': (_, response) => {
    response.setHeader('content-length', CHUNK.length * CHUNKS);
    body().pipe(response);
  },
  'piped without content-length': (_, response) => body().pipe(response),
  'headers of 204 without an end': (_, response) => {
    response.writeHead(204);
    response.flushHeaders();
  },
  'client leaves before headers': nothing,
  'client leaves before headers, then ended': (request, response) => {
    request.on('aborted', () => {
      try {
        response.end('late');
      } catch {
        // HTTP/2 throws here.
      }
    });
  },
  'client leaves in the body': (_, response) => response.write('part'),
  'client leaves in the body that was ended': (_, response) => response.end(HUGE),
  'client leaves after the last byte': promised,
  'client resets after the last byte': promised,
  'client leaves in its upload, after the last byte': promised,
  'client ends its side before headers': nothing,
  'server timeout': nothing,
  'body that Node cannot parse': (request) => request.on('error', () => {}),
  destroyed: (_, response) => response.destroy(),
  'destroyed in the body': (_, response) => {
    response.write('part');
    setImmediate(() => response.destroy());
  },
  upgrade: hello,
  'ended from a file': nothing,
  'client leaves in a file': nothing,
  'never ended': nothing,
  'never ended after headers': (_, response) => response.write('part'),
};

const FILE = process.argv[3]!;
const HUGE_FILE = process.argv[4]!;
const promisedBy = (stream: ServerHttp2Stream): void => {
  stream.respond({ ':status': 200, 'content-length': 5 });
  stream.write('hello');
};
const helloBy = (stream: ServerHttp2Stream): void => {
  stream.respond({ ':status': 200 });
  stream.end('hello');
};

/** The same by a stream of HTTP/2. */
export const STREAM_ANSWERS: Partial<Record<Ending, (stream: ServerHttp2Stream) => void>> = {
  ended: helloBy,
  'ended, HEAD': helloBy,
  'ended without reading the body': (stream) => {
    stream.respond({ ':status': 413 });
    stream.end('too large');
  },
  'ended after early hints': (stream) => {
    stream.additionalHeaders({ ':status': 103, link: '</a.css>; rel=preload' });
    helloBy(stream);
  },
  'ended with trailers': (stream) => {
    stream.respond({ ':status': 200 }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-a': 'b' }));
    stream.end('hello');
  },
  'piped with content-length': (stream) => {
    stream.respond({ ':status': 200, 'content-length': CHUNK.length * CHUNKS });
    body().pipe(stream);
  },
  'piped without content-length': (stream) => {
    stream.respond();
    body().pipe(stream);
  },
  'headers of 204 without an end': (stream) => stream.respond({ ':status': 204 }),
  'client leaves before headers': () => {},
  'client leaves before headers, then ended': (stream) => {
    stream.on('aborted', () => {
      try {
        stream.end('late');
      } catch {
        // HTTP/2 throws here.
      }
    });
  },
  'client leaves in the body': (stream) => {
    stream.respond({ ':status': 200 });
    stream.write('part');
  },
  'client leaves in the body that was ended': (stream) => {
    stream.respond({ ':status': 200 });
    stream.end(HUGE);
  },
  'client leaves after the last byte': promisedBy,
  'client resets after the last byte': promisedBy,
  'client leaves in its upload, after the last byte': promisedBy,
  destroyed: (stream) => {
    stream.destroy();
  },
  'destroyed in the body': (stream) => {
    stream.respond({ ':status': 200 });
    stream.write('part');
    setImmediate(() => stream.destroy());
  },
  upgrade: helloBy,
  'ended from a file': (stream) => stream.respondWithFile(FILE),
  'client leaves in a file': (stream) => stream.respondWithFile(HUGE_FILE),
};
