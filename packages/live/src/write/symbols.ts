import { PbfWriter } from 'pbf';

/** The texts of a request of remote write 2.0, each once: `repeated string symbols = 4`, the first of them empty. */
export class Symbols {
  readonly #refs = new Map<string, number>();
  readonly #pbf = new PbfWriter(new Uint8Array(4096));

  constructor() {
    this.ref('');
  }

  get bytes(): number {
    return this.#pbf.pos;
  }

  ref(text: string): number {
    let ref = this.#refs.get(text);
    if (ref === undefined) {
      ref = this.#refs.size;
      this.#refs.set(text, ref);
      this.#pbf.writeStringField(4, text);
    }
    return ref;
  }

  finish(): Uint8Array {
    return this.#pbf.finish();
  }
}
