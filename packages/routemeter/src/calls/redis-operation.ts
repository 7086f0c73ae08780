/** A command's name alone, and of a module's commands, as `JSON.GET`. */
const COMMAND = /^[A-Z][A-Z0-9]{1,24}(?:\.[A-Z0-9]{1,24})?$/;
const OPERATIONS = 500;
const known = new Map<string, string>();

/** A command as a name may have it: `GET`; `other` for what is no command's name. */
export function redisOperation(command: unknown): string {
  const text = typeof command === 'string' ? command : String(command);
  let operation = known.get(text);
  if (operation === undefined) {
    const upper = text.toUpperCase();
    operation = COMMAND.test(upper) ? upper : 'other';
    if (known.size >= OPERATIONS) known.clear();
    known.set(text.slice(0, 60), operation);
  }
  return operation;
}
