import { PbfWriter } from 'pbf';
import type { Labels } from '../prometheus/labels.ts';

/**
 * The labels of several series as they are sent, once: sorted by name as remote write wants them, with the places
 * where `__name__` and the bucket's label belong. Remote write 1.0 has them as protobuf of `repeated Label labels = 1`,
 * 2.0 refers to each text.
 */
export class EncodedLabels {
  /** Names and values in turn. */
  readonly texts: readonly string[];
  readonly nameIndex: number;
  readonly leIndex: number;
  readonly vmrangeIndex: number;
  readonly bytes: Uint8Array;
  readonly nameAt: number;
  readonly leAt: number;
  readonly vmrangeAt: number;

  constructor(labels: Labels) {
    const pbf = new PbfWriter();
    const sorted = [...labels].sort(([a], [b]) => (a < b ? -1 : 1));
    const indexOf = (name: string) => sorted.filter(([other]) => other <= name).length;
    const indexes = { name: indexOf('__name__'), le: indexOf('le'), vmrange: indexOf('vmrange') };
    const ends = [0];
    for (const label of sorted) {
      pbf.writeMessage(1, writeLabel, label);
      ends.push(pbf.pos);
    }
    this.bytes = pbf.finish().slice();
    this.nameAt = ends[indexes.name]!;
    this.leAt = ends[indexes.le]!;
    this.vmrangeAt = ends[indexes.vmrange]!;
    this.texts = sorted.flat();
    this.nameIndex = 2 * indexes.name;
    this.leIndex = 2 * indexes.le;
    this.vmrangeIndex = 2 * indexes.vmrange;
  }
}

export function writeLabel([name, value]: readonly [string, string], pbf: PbfWriter): void {
  pbf.writeStringField(1, name);
  pbf.writeStringField(2, value);
}
