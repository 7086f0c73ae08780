import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import * as nodemailer10 from 'nodemailer10';
import { SMTPServer } from 'smtp-server';
import { afterAll, describe, expect, test } from 'vitest';
import { type Operations, sourceContract } from '../contract.ts';
import { type CallRow, openStage } from '../stage.ts';

type Nodemailer = typeof nodemailer10;

/** Takes every message, after as many milliseconds as stand before the `@` of its sender; refuses `nobody@`. */
const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  logger: false,
  onRcptTo({ address }, _, done) {
    done(address.startsWith('nobody@') ? new Error('no such user') : null);
  },
  onData(stream, { envelope: { mailFrom } }, done) {
    const ms = Number.parseInt((mailFrom as { address: string }).address, 10) || 0;
    stream.resume().on('end', () => setTimeout(done, ms));
  },
});
await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
afterAll(() => new Promise<void>((closed) => server.close(closed)));

const host = '127.0.0.1';
const { port } = server.server.address() as AddressInfo;
const mail = (from = '0@example.com', to = 'somebody@example.com') => ({
  from,
  to,
  subject: 'subject',
  text: 'text',
});

async function staged(use: () => unknown): Promise<CallRow[]> {
  const stage = await openStage({ '/ask': use });
  try {
    await stage.get('/ask');
    return await stage.rows();
  } finally {
    await stage.stop();
  }
}

const required = (major: number) => createRequire(import.meta.url)(`nodemailer${major}`) as Nodemailer;

describe.each([
  ...[6, 7, 8, 9].map((major) => [`nodemailer ${major}`, required(major)] as const),
  ['nodemailer 10', nodemailer10] as const,
  ['nodemailer 10, required', required(10)] as const,
])('%s', (title, nodemailer) => {
  sourceContract({
    title: `${title}, a pool`,
    modules: [nodemailer],
    names: { quick: 'smtp send', slow: 'smtp send', failing: 'smtp send' },
    error: 'EENVELOPE',
    open: async (maxConnections): Promise<Operations> => {
      const transport = nodemailer.createTransport({ host, port, pool: true, maxConnections });
      return {
        quick: () => transport.sendMail(mail()),
        slow: (ms) => transport.sendMail(mail(`${ms}@example.com`)),
        failing: () => transport.sendMail(mail('0@example.com', 'nobody@example.com')),
        secret: (secret) =>
          transport.sendMail({
            ...mail(`${secret}@example.com`, `${secret}@example.com`),
            subject: secret,
            html: secret,
            headers: { [`x-${secret}`]: secret },
            attachments: [{ filename: secret, content: secret }],
          }),
        close: async () => transport.close(),
      };
    },
  });

  test('with a callback and without; by other ways than SMTP it is no call', async () => {
    const transport = nodemailer.createTransport({ host, port });
    const json = nodemailer.createTransport({ jsonTransport: true });
    const rows = await staged(async () => {
      await new Promise((done) => transport.sendMail(mail(), done));
      await transport.sendMail(mail());
      await json.sendMail(mail());
    });
    expect(rows).toMatchObject([{ name: 'smtp send', count: 2, errors: [], peer: `${host}:${port}` }]);
  });

  test('a server that is not there fails it once, with the same error', async () => {
    const transport = nodemailer.createTransport({ host, port: 1 });
    const without = await transport.sendMail(mail()).catch((error: unknown) => error);
    const thrown: unknown[] = [];
    const rows = await staged(() => transport.sendMail(mail()).catch((error: unknown) => thrown.push(error)));
    expect(rows).toMatchObject([{ count: 1, errors: [(without as { code: string }).code] }]);
    expect(String(thrown[0])).toBe(String(without));
  });
});
