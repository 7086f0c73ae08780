import { PbfReader, PbfWriter } from 'pbf';
import { compress, uncompress } from 'snappyjs';
import { writeLabel } from './labels.ts';
import type { MessageName } from './message.ts';
import type { Batch } from './request.ts';
import { Symbols } from './symbols.ts';

/** A series of either message: samples and histograms look the same in both. */
interface Series {
  labels: [name: string, value: string][];
  samples: Uint8Array[];
  histograms: Uint8Array[];
}

/** A request that waits, as the other message: for a target that turns out not to read the one it was built as. */
export function converted({ message, body, samples }: Batch): Batch {
  const raw = Buffer.from(uncompress(body));
  if (message === '1.0') return { message: '2.0', body: compress(asTwo(readOne(raw))), samples };
  return { message: '1.0', body: compress(asOne(readTwo(raw))), samples };
}

export function otherThan(message: MessageName): MessageName {
  return message === '1.0' ? '2.0' : '1.0';
}

function readOne(raw: Uint8Array): Series[] {
  const all: Series[] = [];
  new PbfReader(raw).readFields((field, _, request) => {
    if (field !== 1) return;
    const series: Series = { labels: [], samples: [], histograms: [] };
    all.push(series);
    request.readMessage((tag, __, pbf) => {
      if (tag === 1) series.labels.push(readLabel(pbf));
      else if (tag === 2) series.samples.push(pbf.readBytes());
      else if (tag === 4) series.histograms.push(pbf.readBytes());
    }, undefined);
  }, undefined);
  return all;
}

function readLabel(pbf: PbfReader): [string, string] {
  const label: [string, string] = ['', ''];
  pbf.readMessage((tag, into, message) => {
    into[tag - 1] = message.readString();
  }, label);
  return label;
}

function readTwo(raw: Uint8Array): Series[] {
  const all: Series[] = [];
  const symbols: string[] = [];
  new PbfReader(raw).readFields((field, _, request) => {
    if (field === 4) symbols.push(request.readString());
    if (field !== 5) return;
    const series: Series = { labels: [], samples: [], histograms: [] };
    all.push(series);
    request.readMessage((tag, __, pbf) => {
      if (tag === 1) {
        const texts = pbf.readPackedVarint().map((ref) => symbols[ref]!);
        for (let i = 0; i < texts.length; i += 2) series.labels.push([texts[i]!, texts[i + 1]!]);
      } else if (tag === 2) series.samples.push(pbf.readBytes());
      else if (tag === 3) series.histograms.push(pbf.readBytes());
    }, undefined);
  }, undefined);
  return all;
}

function asOne(all: readonly Series[]): Uint8Array {
  const request = new PbfWriter();
  for (const series of all) request.writeMessage(1, writeOne, series);
  return request.finish();
}

function writeOne({ labels, samples, histograms }: Series, pbf: PbfWriter): void {
  for (const label of labels) pbf.writeMessage(1, writeLabel, label);
  for (const sample of samples) pbf.writeBytesField(2, sample);
  for (const histogram of histograms) pbf.writeBytesField(4, histogram);
}

/** What the values are is not known any more; the message can do without. */
function asTwo(all: readonly Series[]): Uint8Array {
  const symbols = new Symbols();
  const request = new PbfWriter();
  for (const { labels, samples, histograms } of all) {
    const refs = labels.flat().map((text) => symbols.ref(text));
    request.writeMessage(
      5,
      (_, pbf) => {
        pbf.writePackedVarint(1, refs);
        for (const sample of samples) pbf.writeBytesField(2, sample);
        for (const histogram of histograms) pbf.writeBytesField(3, histogram);
      },
      undefined,
    );
  }
  return Buffer.concat([symbols.finish(), request.finish()]);
}
