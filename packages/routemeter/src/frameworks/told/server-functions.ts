/** What calls of server functions are named whose module is not known: their addresses hold a hash of each. */
export const SERVER_FUNCTION = '/_serverFn/:id';

/** What TanStack Start puts on each server function when its module is loaded. */
const MARK: unique symbol = Symbol.for('TSS_SERVER_FUNCTION') as never;
/** On the function that hears of it: names by the hash in the address, for all copies of the library. */
const NAMES: unique symbol = Symbol.for('routemeter.v1.start.functions') as never;
/** So many have names of their own. */
const MOST = 1000;

/** What stands on a server function by then. */
interface ServerFunction {
  serverFnMeta?: { id?: unknown; name?: unknown; filename?: unknown };
}

type Listener = ((value: unknown) => void) & { [NAMES]?: Map<string, string> };

/**
 * Hears of each server function, bundled or not: it is marked by an assignment, after its module and name were put on
 * it, and inherits from the functions of the platform. To be called once it is known that this process uses them: their
 * modules are loaded when they are first called.
 */
export function watchServerFunctions(): void {
  const { prototype } = Function;
  if (MARK in prototype) return;
  const names = new Map<string, string>();
  const set = function (this: ServerFunction & object, value: unknown): void {
    // What an assignment does where nobody listens.
    Reflect.defineProperty(this, MARK, { value, writable: true, enumerable: true, configurable: true });
    note(this.serverFnMeta, names);
  };
  Object.defineProperty(set, NAMES, { value: names });
  Object.defineProperty(prototype, MARK, {
    configurable: true,
    enumerable: false,
    get: () => undefined,
    set,
  });
}

function note(meta: ServerFunction['serverFnMeta'], names: Map<string, string>): void {
  const { id, name, filename } = meta ?? {};
  if (typeof id !== 'string' || typeof name !== 'string' || typeof filename !== 'string') return;
  const module = filename.replace(/^src\//, '').replace(/\.\w+$/, '');
  if (names.size < MOST) names.set(id, `/_serverFn/${module}/${name}`);
}

/** What the server function at an address is named: its module and its own name, as the application has written them. */
export function nameOfServerFunction(url: string): string {
  const listener = Object.getOwnPropertyDescriptor(Function.prototype, MARK)?.set as Listener | undefined;
  const [path = ''] = url.split('?');
  return listener?.[NAMES]?.get(path.slice(path.lastIndexOf('/') + 1)) ?? SERVER_FUNCTION;
}
