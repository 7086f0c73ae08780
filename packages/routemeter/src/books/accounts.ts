import type { Account } from './account.ts';

/** The accounts of a meter by two keys. Only a cache: it forgets everything when it grows past `most`. */
export class Accounts {
  private readonly all = new Map<string, Map<string, Account>>();
  private readonly most: number;
  /** Called before all are forgotten. */
  private readonly leave: () => void;
  private known = 0;

  constructor(most: number, leave: () => void) {
    this.most = most;
    this.leave = leave;
  }

  /** @param make called with both keys for an account never seen. */
  of(first: string, second: string, make: (first: string, second: string) => Account): Account {
    let seconds = this.all.get(first);
    if (seconds === undefined) {
      if (this.known > this.most) {
        this.leave();
        this.all.clear();
        this.known = 0;
      }
      this.all.set(first, (seconds = new Map()));
    }
    let account = seconds.get(second);
    if (account === undefined) {
      seconds.set(second, (account = make(first, second)));
      this.known++;
    }
    return account;
  }

  /** Each of them, and those of their servers. */
  *values(): IterableIterator<Account> {
    for (const seconds of this.all.values()) {
      for (const account of seconds.values()) yield* account.all();
    }
  }
}
