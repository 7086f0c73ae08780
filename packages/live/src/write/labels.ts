import { PbfWriter } from 'pbf';
import type { Labels } from '../prometheus/labels.ts';

/**
 * The labels of several series as they are sent, once: protobuf of `repeated Label labels = 1`, sorted by
 * name as remote write wants them, with the places where `__name__` and the bucket's label belong.
 */
export class EncodedLabels {
  readonly bytes: Uint8Array;
  readonly nameAt: number;
  readonly leAt: number;
  readonly vmrangeAt: number;

  constructor(labels: Labels) {
    const pbf = new PbfWriter();
    const places = { __name__: -1, le: -1, vmrange: -1 };
    const sorted = [...labels].sort(([a], [b]) => (a < b ? -1 : 1));
    for (const label of sorted) {
      for (const name of ['__name__', 'le', 'vmrange'] as const) {
        if (places[name] < 0 && label[0] > name) places[name] = pbf.pos;
      }
      pbf.writeMessage(1, writeLabel, label);
    }
    const end = pbf.pos;
    this.bytes = pbf.finish().slice();
    const place = (name: keyof typeof places) => (places[name] < 0 ? end : places[name]);
    this.nameAt = place('__name__');
    this.leAt = place('le');
    this.vmrangeAt = place('vmrange');
  }
}

export function writeLabel([name, value]: readonly [string, string], pbf: PbfWriter): void {
  pbf.writeStringField(1, name);
  pbf.writeStringField(2, value);
}
