import { expect } from 'vitest';
import { scenario, size } from '../../../testkit/src/reliability/scenario.ts';
import { startLive, until } from '../helpers.ts';
import { exchange, opened, statusOf, tally, told } from './clients.ts';

const END = 'Host: localhost\r\nConnection: close\r\n\r\n';
const get = (target: string, more = '') => `GET ${target} HTTP/1.1\r\n${more}${END}`;

/** Requests that a server must survive, each with the statuses that are right. */
const MALFORMED: [what: string, bytes: string, statuses: number[]][] = [
  ['no HTTP at all', '\u0000\u0001\u0002\r\n\r\n', [400]],
  ['a TLS greeting', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\r\n\r\n', [400]],
  ['StatsD on the wrong port', 'm:1|c\nm:2|c\r\n\r\n', [400]],
  ['a method that is none', `FOO / HTTP/1.1\r\n${END}`, [400]],
  ['another protocol', `GET / HTTP/9.9\r\n${END}`, [400]],
  ['HTTP/2 without an agreement', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400, 505]],
  ['no Host', 'GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n', [400]],
  ['no Host, HTTP/1.0', 'GET /api/raw HTTP/1.0\r\n\r\n', [403]],
  ['two Hosts', get('/api/raw', 'Host: evil.example\r\n'), [400, 403]],
  ['two lengths', `POST /api/reset HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: 5\r\n${END}`, [400]],
  [
    'length and chunks',
    `POST /x HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n${END}`,
    [400],
  ],
  ['a length below zero', `POST /x HTTP/1.1\r\nContent-Length: -1\r\n${END}`, [400]],
  ['chunks that are none', `POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n${END}zz\r\n`, [400, 404]],
  ['a header in two lines', get('/livez', 'X-A: b\r\n c: d\r\n'), [200, 400]],
  ['NUL in a header', get('/livez', 'X-A: \u0000\r\n'), [400]],
  ['a space in a header name', get('/livez', 'X A: b\r\n'), [400]],
  ['a URL of 40 kB', get(`/api/query?name=${'x'.repeat(40_000)}`), [431]],
  ['a header of 40 kB', get('/livez', `X-A: ${'x'.repeat(40_000)}\r\n`), [431]],
  ['9000 headers', get('/livez', 'A:b\r\n'.repeat(9000)), [400, 431]],
  ['a proxy request', get('http://evil.example/api/raw'), [403, 404]],
  ['CONNECT', `CONNECT evil.example:443 HTTP/1.1\r\n${END}`, [0, 400, 404]],
  ['an upgrade', get('/api/stream', 'Upgrade: websocket\r\nSec-Fetch-Site: cross-site\r\n'), [403]],
  ['an expectation', get('/livez', 'Expect: the-unexpected\r\n'), [200, 417]],
];

/** Nothing of these may leave the folder of the page, whoever takes a URL apart. */
const TRAVERSAL = [
  '/../package.json',
  '/../../../../../../etc/passwd',
  '/%2e%2e/%2e%2e/etc/passwd',
  '/..%2f..%2fetc%2fpasswd',
  '/..%5c..%5cetc%5cpasswd',
  '/..\\..\\etc\\passwd',
  '/assets/../../cli.mjs',
  '/assets/..%2f..%2fcli.mjs',
  '/%252e%252e/cli.mjs',
  '/%c0%ae%c0%ae/cli.mjs',
  '//etc/passwd',
  '/./../cli.mjs',
  '/cli.mjs',
  '/index.html%00.js',
  '/.git/config',
  '/assets',
  '/assets/',
  'file:///etc/passwd',
  '/..;/cli.mjs',
  '/__proto__',
  '/constructor',
];

const NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype', '__defineGetter__'];
const LONG = 'n'.repeat(35_000);
const list = (count: number, item: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => item(i)).join();

/** Questions, each with the status that is right; 200 also means that the answer is small. */
const QUESTIONS: [path: string, status: number][] = [
  ...NAMES.flatMap((name): [string, number][] => [
    [`/api/query?name=${name}`, 200],
    [`/api/query?name=m&by=${name}`, 200],
    [`/api/query?name=m&${name}=x`, 200],
    [`/api/query?name=m&stat=${name}`, 400],
    [`/api/query?name=m&type=${name}`, 400],
    [`/api/routes?tag:${name}=x`, 200],
    [`/api/blocks?route=${name}&method=${name}`, 200],
    [`/api/raw?limit=${name}`, 400],
    [`/api/${name}`, 404],
  ]),
  [`/api/query?name=${LONG}`, 200],
  [`/api/query?name=m&${LONG}=x`, 200],
  [`/api/routes?tag:${LONG.slice(10)}=x`, 200],
  ['/api/query?name=%00', 200],
  ['/api/query?name=m%00&a%00b=%00', 200],
  ['/api/query?name=%ff%fe%F0%9F', 200],
  ['/api/query?name=m&window=31536000&step=15768', 200],
  ['/api/query?name=m&window=31536000&step=1', 400],
  ['/api/query?name=m&window=9007199254740993', 400],
  ['/api/query?name=m&window=1e9', 400],
  ['/api/query?name=m&window=Infinity', 400],
  ['/api/query?name=m&window=-0', 400],
  ['/api/query?name=m&window=60&window=NaN', 400],
  ['/api/query?name=m&end=100000000000000', 200],
  ['/api/query?name=m&end=0&window=31536000&step=86400', 200],
  ['/api/query?name=m&step=86400', 200],
  [`/api/query?name=m&by=${list(10, (i) => `k${i}`)}`, 200],
  [`/api/query?name=m&by=${list(11, (i) => `k${i}`)}`, 400],
  [`/api/query?name=m&by=${list(12_000, () => 'i')}`, 200],
  [`/api/query?name=m&stat=${list(20, (i) => `p${i + 1}`)}`, 200],
  [`/api/query?name=m&stat=${list(4000, (i) => `p${(1 + i / 50).toFixed(2)}`)}`, 400],
  [`/api/routes?${list(2000, (i) => `tag:k${i}=v`).replaceAll(',', '&')}`, 200],
  ['/api/raw?limit=5000', 200],
  ['/api/raw?limit=5001', 400],
  [`/livez?${'&'.repeat(30_000)}`, 200],
  ['/api/stream?window=0', 400],
];

scenario('live-malformed', [60, 60], async () => {
  await using live = await startLive();
  await live.send('m:1|c');
  const rounds = size(1, 20);
  const seen: number[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const [what, bytes, statuses] of MALFORMED) {
      const status = statusOf(await exchange(live.live.port, bytes));
      expect(statuses, what).toContain(status);
      seen.push(status);
    }
  }
  // Bodies that nobody asked for: announced, in chunks, and without an end.
  const chunk = `8000\r\n${'x'.repeat(0x8000)}\r\n`;
  for (const head of [`Content-Length: ${1e12}\r\n`, 'Transfer-Encoding: chunked\r\n']) {
    const socket = await opened(live.live.port);
    socket.resume().write(`POST /api/raw HTTP/1.1\r\nHost: localhost\r\n${head}\r\n`);
    let sent = 0;
    while (!socket.destroyed) {
      sent += 0x8000;
      await new Promise((resolve) => socket.write(chunk, resolve));
    }
    // What fits the buffers of both sides is gone before they tell each other.
    expect(sent).toBeLessThan(64 * 1024 * 1024);
  }
  expect((await live.get('/api/stats')).body).toMatchObject({ lines: 1, rejected: 0 });
  return {
    tried: `${rounds} x ${MALFORMED.length} requests, 2 bodies without an end`,
    saw: `refused (${told(tally(seen))}); connections of endless bodies closed`,
    lost: 'nothing',
  };
});

scenario('live-urls', [60, 120], async () => {
  await using live = await startLive();
  const series = size(200, 5000);
  for (let i = 0; i < series; i += 50) {
    await live.send(Array.from({ length: 50 }, (_, at) => `m:${at}|d|#i:${i + at},__proto__:x`).join('\n'));
  }
  const statuses: number[] = [];
  for (const path of TRAVERSAL) {
    for (const accept of ['*/*', 'text/html']) {
      const answer = await exchange(live.live.port, get(path, `Accept: ${accept}\r\n`));
      // A browser gets the page at any path that has nothing of its own.
      expect([404, 403, 400, ...(accept === '*/*' ? [] : [200])], path).toContain(statusOf(answer));
      expect(answer, path).not.toMatch(/root:|"name": "routemeter|createLiveServer|\[core\]/);
      statuses.push(statusOf(answer));
    }
  }
  for (const [path, status] of QUESTIONS) {
    const answer = await exchange(live.live.port, get(path));
    expect(statusOf(answer), path.slice(0, 100)).toBe(status);
    if (path.startsWith('/api/query')) expect(answer.length, path.slice(0, 100)).toBeLessThan(2_000_000);
    statuses.push(status);
  }
  expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain('x');
  const { body } = await live.get('/api/query?name=m&stat=count&by=__proto__');
  expect(Object.getOwnPropertyDescriptor(body.series[0].tags, '__proto__')?.value).toBe('x');
  expect((await live.live.stats()).lines).toBe(series);
  return {
    tried: `${2 * TRAVERSAL.length} paths, ${QUESTIONS.length} questions over ${series} series`,
    saw: `no file but the page's; ${told(tally(statuses))}`,
    lost: 'nothing',
  };
});

scenario('live-slow', [60, 60], async () => {
  await using live = await startLive();
  const { port } = live.live;
  // Answers of a megabyte, which fill what the kernel holds of them.
  for (let i = 0; i < 40; i++) await live.send(`m:1|c|#${'x'.repeat(50_000)}:y`);
  const counts = { headers: size(20, 150), bodies: size(20, 150), answers: size(20, 100) };
  const before = process.memoryUsage().rss;
  const connectionsBefore = connections();
  const open = async (count: number, text: string) => {
    const sockets = await Promise.all(Array.from({ length: count }, () => opened(port)));
    for (const socket of sockets) socket.write(text);
    return sockets;
  };
  const headers = await open(counts.headers, 'GET /livez HTTP/1.1\r\nHost: localhost\r\n');
  const bodies = await open(
    counts.bodies,
    'POST /api/reset HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\n',
  );
  const answers = await open(counts.answers, 'GET /api/raw?limit=5000 HTTP/1.1\r\nHost: localhost\r\n\r\n');
  for (const socket of [...headers, ...bodies]) socket.resume();
  const drip = setInterval(() => {
    for (const socket of headers) socket.write('X: y\r\n');
    for (const socket of bodies) socket.write('z');
  }, 500);
  const began = performance.now();
  // Everybody else is served meanwhile, and packets are read.
  let lines = 40;
  // Who does not read does not see the end: of those connections our own half is left. The rest are fetch's.
  const isOver = () =>
    [...headers, ...bodies].every(({ destroyed }) => destroyed) &&
    connections() <= connectionsBefore + counts.answers + 5;
  await until(() => connections() > connectionsBefore + 2 * counts.answers);
  while (!isOver()) {
    await live.send('m:1|c');
    lines++;
    expect((await live.get('/livez')).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  clearInterval(drip);
  for (const socket of answers) socket.destroy();
  const took = performance.now() - began;
  expect((await live.live.stats()).lines).toBe(lines);
  return {
    tried: `${counts.headers} connections sending headers bit by bit, ${counts.bodies} bodies, ${counts.answers} not reading their answer`,
    saw: `the rest served meanwhile; all closed after ${(took / 1000).toFixed(0)} s`,
    lost: `nothing of ${lines} lines`,
    memory: { before, after: process.memoryUsage().rss },
  };
});

function connections(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
}
