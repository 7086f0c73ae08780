import { trampolineTo } from './trampoline.ts';

type Next = (error?: unknown) => void;

/** What a request comes back out of when `next` is called. */
export interface Exit {
  readonly next: Next;
  leave(error: unknown): void;
}

/** Bound for each request that goes into a mount or a route, so what it observes by has no name. */
const leave = trampolineTo<(exit: Exit, error: unknown) => unknown>(
  2,
  (exit: Exit, error: unknown) => {
    exit.leave(error);
    return exit.next;
  },
  [1],
);

/** The `next` that leaves by an exit. It stands in no stack. */
export function leaver(exit: Exit): Next {
  return leave.bind(undefined, exit);
}
