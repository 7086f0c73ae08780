/** Who has not shown the token yet says no more than this, in bytes. */
const LONGEST_HELLO = 4096;
/** A profile of 30 s has 1 to 4 MB. */
const LONGEST = 64 * 1024 * 1024;
/** What all connections may have sent of lines that are not complete. */
const MOST_OPEN = 256 * 1024 * 1024;

let open = 0;

/** What comes over a connection, split at line ends, within bounds. */
export class Lines {
  readonly #each: (line: string) => void;
  #parts: Buffer[] = [];
  #size = 0;
  #most = LONGEST_HELLO;

  constructor(each: (line: string) => void) {
    this.#each = each;
  }

  /** The token was shown. */
  trust(): void {
    this.#most = LONGEST;
  }

  /** False where a line is too long. */
  read(chunk: Buffer): boolean {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      if (this.#size + end - from > this.#most) return false;
      const line = Buffer.concat([...this.#parts, chunk.subarray(from, end)]).toString();
      this.end();
      from = end + 1;
      this.#each(line);
    }
    if (from < chunk.length) this.#parts.push(chunk.subarray(from));
    this.#size += chunk.length - from;
    open += chunk.length - from;
    return this.#size <= this.#most && open <= MOST_OPEN;
  }

  /** Lets go of what was not complete. */
  end(): void {
    open -= this.#size;
    this.#parts = [];
    this.#size = 0;
  }
}
