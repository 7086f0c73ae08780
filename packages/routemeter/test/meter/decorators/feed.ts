import { type Meter, timed, worked } from '../../../src/index.ts';

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

    @meter.worked()
    async refresh(): Promise<number> {
      return this.items.length;
    }

    @meter.worked('sweep', { kind: 'cron', tags: { size: 'big' } })
    sweep(): number {
      return 2;
    }

    @meter.worked({ kind: 'job', system: 'bullmq', destination: 'mails' })
    static mail(): number {
      return 3;
    }

    @worked('by.default')
    swept(): number {
      return 4;
    }
  }
  return Feed;
}
