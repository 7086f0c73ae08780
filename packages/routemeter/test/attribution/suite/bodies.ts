import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Case } from './case.ts';
import { units } from './promises.ts';
import type { Rig } from './rig.ts';

const CHUNKS = ['one', 'two', 'three', 'four'];
const BIG = Buffer.alloc(256 * 1024, 'x');

async function postAll(rig: Rig): Promise<undefined> {
  await Promise.all(['a', 'b', 'c', 'd'].map((name) => rig.post(name, CHUNKS)));
  await rig.settled('a', 'b', 'c', 'd');
  return undefined;
}

/** Reads a large response slowly, so that the server must wait for `drain`. */
async function readSlowly(rig: Rig, path: string): Promise<void> {
  const req = http.get({ host: '127.0.0.1', port: rig.port, path: `/${path}`, agent: false });
  const [res] = (await once(req, 'response')) as [http.IncomingMessage];
  for await (const _chunk of res) await sleep(0);
}

export const bodies: Case[] = [
  {
    name: 'post-body-data-listeners',
    run(rig) {
      rig.handler = (req, res, me) => {
        const hash = createHash('sha1');
        req.on('data', (chunk) => {
          hash.update(chunk);
          me.burn(units(me.name));
        });
        req.on('end', () => {
          me.burn(3);
          setTimeout(() => {
            me.burn(1);
            res.end(hash.digest('hex'));
          }, 2);
        });
      };
      return postAll(rig);
    },
  },
  {
    name: 'post-body-for-await',
    run(rig) {
      rig.handler = async (req, res, me) => {
        for await (const _chunk of req) {
          me.burn(units(me.name));
          await sleep(1);
          me.burn(1);
        }
        me.burn(2);
        res.end();
      };
      return postAll(rig);
    },
  },
  {
    name: 'readable listeners',
    run(rig) {
      rig.handler = (req, res, me) => {
        req.on('readable', () => {
          while (req.read() !== null) me.burn(units(me.name));
        });
        req.on('end', () => {
          me.burn(2);
          res.end();
        });
      };
      return postAll(rig);
    },
  },
  {
    name: 'body piped into a destination',
    run(rig) {
      rig.handler = (req, res, me) => {
        const sink = new Writable({
          write(_chunk, _encoding, done) {
            me.burn(units(me.name));
            setImmediate(done);
          },
          final(done) {
            me.burn(1);
            done();
          },
        });
        req.pipe(sink).on('finish', () => {
          me.burn(2);
          res.end();
        });
      };
      return postAll(rig);
    },
  },
  {
    name: 'pipeline-request-transform-response',
    run(rig) {
      rig.handler = async (req, res, me) => {
        const upper = new Transform({
          transform(chunk, _encoding, done) {
            me.burn(units(me.name));
            setTimeout(() => {
              me.burn(1);
              done(null, String(chunk).toUpperCase());
            }, 1);
          },
          flush(done) {
            me.burn(2);
            done();
          },
        });
        await pipeline(req, upper, res);
      };
      return postAll(rig);
    },
  },
  {
    name: 'large-response-with-drain',
    async run(rig) {
      let drains = 0;
      rig.handler = (_req, res, me) => {
        let left = 24;
        const more = () => {
          while (left-- > 0) {
            me.burn(units(me.name));
            if (!res.write(BIG)) {
              res.once('drain', () => {
                drains++;
                me.burn(0.5);
                more();
              });
              return;
            }
          }
          res.end();
        };
        more();
      };
      await Promise.all(['a', 'b', 'c'].map((name) => readSlowly(rig, name)));
      await rig.settled('a', 'b', 'c');
      return { expected: { 'some drains': 1 }, measured: { 'some drains': Math.min(1, drains) } };
    },
  },
];
