/** Stands for a queue or topic that exists for one connection, request or answer. */
export const TEMPORARY = '(temporary)';

const LONGEST = 100;
const KEPT = 500;
/** Names that brokers give: of queues, consumers, and RabbitMQ's direct reply. */
const GIVEN = /^amq\.(gen|ctag|rabbitmq\.reply-to)\b/;
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
/** An address of mail, dots and all. */
const ADDRESS = /[^/:]*@[^/:]*/g;
const PART = /[^./:_-]+/g;
const WORD = /^[\p{L}\p{N}]{1,40}$/u;
const NUMBER = /^\d{3,}$/;
const HEX = /^(?=.*\d)[0-9a-f]{7,}$/i;
const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/i;
/** Random identifiers: long, with digits between letters of both cases. */
const TOKEN = /^(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[A-Za-z0-9]{10,}$/;

const known = new Map<string, string>();

/**
 * A queue, topic or exchange as a name may have it: of few values, whatever it was made from. Numbers, hashes and
 * the like in it become `:id`; what consists of them, or was named by the broker, is `(temporary)`.
 *
 * @example
 * destinationOf('tenant.4711.orders') // 'tenant.:id.orders'
 * destinationOf('amq.gen-JzTY20BRgKO-HjmUJj0wLg') // '(temporary)'
 */
export function destinationOf(name: unknown): string {
  if (typeof name !== 'string') return '';
  let shown = known.get(name);
  if (shown === undefined) {
    shown = shownAs(name);
    if (known.size >= KEPT) known.clear();
    known.set(name, shown);
  }
  return shown;
}

function shownAs(name: string): string {
  if (name === '') return '';
  if (GIVEN.test(name)) return TEMPORARY;
  const shown = name
    .slice(0, LONGEST)
    .replace(UUID, '0000')
    .replace(ADDRESS, '0000')
    .replace(PART, (part) => (isValue(part) ? ':id' : part));
  return /[\p{L}\p{N}]/u.test(shown.replaceAll(':id', '')) ? shown : TEMPORARY;
}

function isValue(part: string): boolean {
  return !WORD.test(part) || NUMBER.test(part) || HEX.test(part) || ULID.test(part) || TOKEN.test(part);
}
