import { type Meter, timed } from '../../../src/index.ts';

/** The same source compiles with standard and with legacy decorators. */
export function feed(meter: Meter) {
  class Feed {
    readonly items = ['a', 'b'];

    @meter.timed()
    async load(count: number): Promise<string[]> {
      await Promise.resolve();
      return this.items.slice(0, count);
    }

    @meter.timed('feed.named')
    first(): string {
      return this.items[0]!;
    }

    @meter.timed()
    static make(): Feed {
      return new Feed();
    }

    @timed('by.default')
    plain(): number {
      return 1;
    }
  }
  return Feed;
}
