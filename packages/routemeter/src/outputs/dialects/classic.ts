import type { MetricType, Tag } from '../../series/index.ts';
import { plain } from '../number.ts';
import type { Dialect, Frame } from './dialect.ts';
import { plainMember } from './text.ts';

/**
 * What the formats descended from Etsy's StatsD have in common: `name:value|type|@rate`, one value a
 * line, gauges whose sign means a delta, no time, no events and no checks.
 */
export abstract class ClassicDialect implements Dialect {
  abstract readonly name: string;
  protected abstract readonly types: Record<MetricType, string>;
  /** The name with whatever carries the tags. */
  protected abstract subject(name: string, tags: readonly Tag[]): string;

  frame(name: string, tags: readonly Tag[], type: MetricType, rate: number): Frame {
    const subject = this.subject(name, tags);
    const head = Buffer.from(`${subject}:`);
    const tail = Buffer.from(`|${this.types[type]}${rate < 1 ? `|@${plain(rate)}` : ''}`);
    return type === 'gauge' ? { head, tail, reset: Buffer.from(`${subject}:0|g`) } : { head, tail };
  }

  member(text: string): string {
    return plainMember(text);
  }

  timestamped(): null {
    return null;
  }

  event(): null {
    return null;
  }

  check(): null {
    return null;
  }
}
