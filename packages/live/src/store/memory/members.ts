/** Distinct members that are kept one by one; beyond them the number is an estimate. */
export const MAX_EXACT = 1024;
/** What a member takes in a `Set`, roughly. */
const MEMBER_BYTES = 48;
/** Registers of the sketch: one standard error is 1.04 / sqrt(32768), 0.57 %. */
const INDEX_BITS = 15;
const REGISTERS = 2 ** INDEX_BITS;

/**
 * The distinct members of a set: exact up to 1024 of them, beyond that a HyperLogLog (Flajolet, Fusy, Gandouet,
 * Meunier: "HyperLogLog: the analysis of a near-optimal cardinality estimation algorithm", 2007) with the
 * estimator of Ertl ("New cardinality estimation algorithms for HyperLogLog sketches", 2017), which needs no
 * correction at either end. Members are numbers of up to 53 bits. Merging loses nothing.
 */
export class Members {
  exact: Set<number> | undefined;
  registers: Uint8Array | undefined;

  get size(): number {
    if (this.registers !== undefined) return Math.round(estimate(this.registers));
    return this.exact?.size ?? 0;
  }

  get bytes(): number {
    return this.registers !== undefined ? REGISTERS : (this.exact?.size ?? 0) * MEMBER_BYTES;
  }

  add(member: number): void {
    if (this.registers !== undefined) {
      note(this.registers, member);
      return;
    }
    this.exact ??= new Set();
    this.exact.add(member);
    if (this.exact.size > MAX_EXACT) this.#toSketch();
  }

  merge(other: Members): void {
    if (other.registers !== undefined) this.mergeRegisters(other.registers);
    else for (const member of other.exact ?? []) this.add(member);
  }

  mergeRegisters(others: Uint8Array): void {
    const mine = this.registers ?? this.#toSketch();
    for (let i = 0; i < REGISTERS; i++) if (others[i]! > mine[i]!) mine[i] = others[i]!;
  }

  clear(): void {
    this.exact?.clear();
    this.registers = undefined;
  }

  #toSketch(): Uint8Array {
    const registers = new Uint8Array(REGISTERS);
    this.registers = registers;
    for (const member of this.exact ?? []) note(registers, member);
    this.exact = undefined;
    return registers;
  }
}

/** The place is the low bits of the mixed member, the value how many zeros the others begin with, and one. */
function note(registers: Uint8Array, member: number): void {
  const low = mixed(member % 0x100000000);
  const high = mixed(Math.floor(member / 0x100000000) ^ low);
  const place = low & (REGISTERS - 1);
  const rest = low >>> INDEX_BITS;
  const zeros = high !== 0 ? Math.clz32(high) : 32 + Math.clz32(rest) - INDEX_BITS;
  if (zeros + 1 > registers[place]!) registers[place] = zeros + 1;
}

/** The end of MurmurHash3: every bit depends on every other. */
function mixed(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

const MOST_ZEROS = 32 + 32 - INDEX_BITS;

function estimate(registers: Uint8Array): number {
  const counts = new Int32Array(MOST_ZEROS + 2);
  for (const value of registers) counts[value] = counts[value]! + 1;
  let z = REGISTERS * tau(1 - counts[MOST_ZEROS + 1]! / REGISTERS);
  for (let k = MOST_ZEROS; k >= 1; k--) z = 0.5 * (z + counts[k]!);
  z += REGISTERS * sigma(counts[0]! / REGISTERS);
  return (REGISTERS * REGISTERS) / (2 * Math.LN2 * z);
}

/** Of registers that no member touched. */
function sigma(share: number): number {
  if (share === 1) return Number.POSITIVE_INFINITY;
  let x = share;
  let y = 1;
  let z = x;
  for (let before = Number.NaN; z !== before; ) {
    x *= x;
    before = z;
    z += x * y;
    y += y;
  }
  return z;
}

/** Of registers that are at their end. */
function tau(share: number): number {
  if (share === 0 || share === 1) return 0;
  let x = share;
  let y = 1;
  let z = 1 - x;
  for (let before = Number.NaN; z !== before; ) {
    x = Math.sqrt(x);
    before = z;
    y *= 0.5;
    z -= (1 - x) ** 2 * y;
  }
  return z / 3;
}
