import type { Work } from '../../attribution/index.ts';
import type { Call } from '../call.ts';
import { endWithin, endWithPromise, type Hooks, type Method, prototypeOf } from '../hooks.ts';
import { peerOf } from '../peer.ts';
import type { ModuleSource } from '../source.ts';

interface Mail {
  transporter?: { name?: unknown; options?: { host?: unknown; port?: unknown } };
}

/** Ports of SMTP, none of which tells a reader more than the host does. */
const USUAL: ReadonlySet<unknown> = new Set([25, 465, 587]);

/**
 * nodemailer, over SMTP.
 *
 * - begins: `sendMail`.
 * - owner: read there.
 * - ends: its callback, or its promise.
 * - not counted: other transports: SES is HTTP, and counted as such; `verify`.
 */
export const nodemailer: ModuleSource<{ mail: object }> = {
  package: 'nodemailer',
  kind: 'rpc',
  find({ createTransport, createTestAccount, default: standard, Mail }) {
    const own = [standard, Mail]
      .map(prototypeOf)
      .find((one) => one && 'sendMail' in one && 'getVersionString' in one);
    if (own) return { mail: own };
    if (typeof createTransport !== 'function' || typeof createTestAccount !== 'function') return null;
    // The package exports no class: one that sends nothing leads to it.
    const made = createTransport({ jsonTransport: true }) as object;
    return { mail: Object.getPrototypeOf(made) as object };
  },
  install(hooks, { mail }) {
    hooks.replace(
      mail,
      'sendMail',
      (original) =>
        function (this: Mail, ...args) {
          const owner = hooks.calls.owner();
          const call = owner === null ? null : hooks.guarded(() => open(hooks, owner, this));
          if (call === null) return original.apply(this, args);
          const takesCallback = typeof args[1] === 'function';
          if (takesCallback) args[1] = endWithin(hooks.calls, owner!, call, args[1] as Method);
          try {
            const result = original.apply(this, args);
            return takesCallback ? result : endWithPromise(call, result);
          } catch (error) {
            call.fail(error);
            throw error;
          }
        },
    );
  },
};

function open({ calls }: Hooks, owner: Work, { transporter }: Mail): Call | null {
  const { name, options = {} } = transporter ?? {};
  if (typeof name !== 'string' || !name.startsWith('SMTP')) return null;
  const { host, port } = options;
  const shown = USUAL.has(Number(port)) ? 0 : port;
  return calls.open(owner, calls.name('rpc', 'smtp', peerOf(host, shown, 25), 'send'));
}
