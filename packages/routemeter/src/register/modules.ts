import Module from 'node:module';

interface Loading {
  id: string;
  exports: unknown;
}

/**
 * Calls `loaded` with the exports of each CommonJS module whose file `wants` picks, as soon as it was
 * evaluated, whoever loaded it: `require`, or an ES module that imports it. What `put` is given stands in their place.
 *
 * Node marks a module as loaded by an assignment, and that is where this listens. Hooks around
 * `require` (require-in-the-middle) would stand in the stack of every error that a module throws,
 * and a program that fails at its start would print another text than without us; they also see
 * neither what ES modules import nor packages installed under another name.
 */
export function watchModules(
  wants: (file: string) => boolean,
  loaded: (file: string, exports: unknown, put: (exports: unknown) => void) => void,
): void {
  Object.defineProperty(Module.prototype, 'loaded', {
    configurable: true,
    // The constructor's own assignment: gives each module the property that it always had.
    set(this: Loading, value: boolean) {
      const file = this.id.replaceAll('\\', '/');
      if (wants(file))
        watch(this, value, () => {
          loaded(file, this.exports, (exports) => {
            this.exports = exports;
          });
        });
      else setPlain(this, value);
    },
  });
}

function watch(module: Loading, first: boolean, done: () => void): void {
  Object.defineProperty(module, 'loaded', {
    configurable: true,
    enumerable: true,
    get: () => first,
    set(value: boolean) {
      setPlain(module, value);
      if (value) done();
    },
  });
}

function setPlain(module: Loading, value: boolean): void {
  Object.defineProperty(module, 'loaded', {
    value,
    configurable: true,
    enumerable: true,
    writable: true,
  });
}
