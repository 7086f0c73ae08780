import { createSocket } from 'node:dgram';
import { connect } from 'node:http2';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browser, buildAll, inBrowser, rowNames } from '../../../live/test/page/browser.ts';
import { type Live, startLive } from '../../src/live.ts';
import { ROOT } from '../../src/pack.ts';
import { debianPrograms } from '../../src/servers/debian.ts';
import { NGINX_PROGRAMS, type Nginx, startNginx } from '../../src/servers/nginx.ts';

const NAME = 'metrics.example.com';
const TOKEN = 'vM3xk0wPq7_Ld9sA2zTb';
const BEARER = { authorization: `Bearer ${TOKEN}` };
const missing = await debianPrograms(NGINX_PROGRAMS);
if (missing !== null) console.warn(`Skipped: the page behind nginx: ${missing}`);

describe.skipIf(missing !== null)('the page behind nginx, with TLS', () => {
  let live: Live;
  let nginx: Nginx;
  let host: string;
  beforeAll(async () => {
    buildAll();
    const env = { ROUTEMETER_LIVE_TOKEN: TOKEN, ROUTEMETER_LIVE_ALLOW_HOST: NAME };
    live = await startLive([], { env });
    nginx = await startNginx(join(ROOT, 'deploy/nginx/routemeter.conf'), {
      name: NAME,
      substitutes: { 'http://127.0.0.1:8127': live.page },
    });
    host = `${NAME}:${nginx.port}`;
    await sample();
  });
  afterAll(async () => {
    await nginx?.stop();
    await live?.stop();
  });

  async function sample(): Promise<void> {
    const socket = createSocket('udp4');
    const line = 'shop.http.server.request:12|d|#http_route:/home,http_method:GET,http_status_code:200';
    await new Promise((resolve) =>
      socket.send(line, Number(new URL(live.statsd).port), '127.0.0.1', resolve),
    );
    socket.close();
  }

  function ask(path: string, headers: Record<string, string> = {}, method = 'GET') {
    return new Promise<{ status: number; headers: Record<string, unknown>; body: string }>(
      (resolve, reject) => {
        const options = { host: '127.0.0.1', port: nginx.port, path, method, servername: NAME };
        const req = request(
          { ...options, headers: { host, ...headers }, rejectUnauthorized: false, agent: false },
          (res) => {
            let body = '';
            res.on('data', (chunk) => {
              body += chunk;
            });
            res.on('end', () => resolve({ status: res.statusCode!, headers: res.headers, body }));
          },
        );
        req.on('error', reject);
        req.end();
      },
    );
  }

  it('asks for the token, and marks its cookie for https alone', async () => {
    expect((await ask('/livez')).status).toBe(200);
    expect((await ask('/api/stats')).status).toBe(401);
    expect((await ask('/api/stats', BEARER)).status).toBe(200);
    const entered = await ask(`/raw?q=x&token=${TOKEN}`);
    expect(entered).toMatchObject({ status: 303, headers: { location: './raw?q=x' } });
    const [cookie] = entered.headers['set-cookie'] as string[];
    expect(cookie).toMatch(/; HttpOnly; SameSite=Strict; Secure$/);
    const pair = cookie!.split(';')[0]!;
    expect((await ask('/metrics', { cookie: pair })).status).toBe(200);
    expect(nginx.accessLog()).toContain('"GET /raw" 303');
    expect(nginx.accessLog()).not.toContain(TOKEN);
  });

  it('serves its own name alone', async () => {
    expect((await ask('/api/stats', { ...BEARER, host: `evil.example:${nginx.port}` })).status).toBe(403);
  });

  it('resets for its own page alone', async () => {
    const reset = async (origin: string) =>
      (await ask('/api/reset', { ...BEARER, origin, 'sec-fetch-site': 'same-origin' }, 'POST')).status;
    expect(await reset('https://evil.example')).toBe(403);
    expect(await reset(`https://${NAME}`)).toBe(403);
    expect(await reset(`https://${host}`)).toBe(200);
  });

  it('passes events as they come, over HTTP/2', async () => {
    const session = connect(`https://127.0.0.1:${nginx.port}`, { rejectUnauthorized: false });
    try {
      const stream = session.request({ ':authority': host, ':path': '/api/stream', ...BEARER });
      const seen: string[] = [];
      stream.setEncoding('utf8');
      let text = '';
      for await (const chunk of stream) {
        text += chunk;
        for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
          seen.push(/^event: (\w+)/.exec(text)![1]!);
          text = text.slice(end + 2);
        }
        // The stream goes on: whatever were held back until its end would never be here.
        if (seen.length >= 3) break;
      }
      expect(seen.slice(0, 3)).toEqual(['config', 'update', 'update']);
    } finally {
      session.destroy();
    }
  });

  inBrowser('in a browser', () => {
    const browser = new Browser({
      ignoreHTTPSErrors: true,
      args: [`--host-resolver-rules=MAP ${NAME} 127.0.0.1`],
    });
    afterAll(() => browser.close());

    it('shows the routes, and resets', async () => {
      await sample();
      const { page, complaints } = await browser.open(`https://${host}/?token=${TOKEN}`);
      await page.locator('.routes tbody .path').first().waitFor();
      expect(await rowNames(page)).toEqual(['/home']);
      expect(page.url()).toBe(`https://${host}/`);
      const reset = "fetch('api/reset', { method: 'POST' }).then(({ status }) => status)";
      expect(await page.evaluate(reset)).toBe(200);
      expect(complaints).toEqual([]);
    });
  });
});
