import { Cell, GAUGE, SET, SKETCH, SUM } from './cell.ts';
import { decimalOf, decimalsOf, stepFrom, stepsTo, unitsOf } from './decimal.ts';
import { keyOf } from './mapping.ts';
import type { Members } from './members.ts';
import { Places } from './places.ts';

const SINGLE = 4;
const FRACTIONS = 8;
const DOWN = 16;
/** In the upper bits: with how many decimals the record's numbers are exact, plus one; 0 for numbers as they are. */
const DECIMALS_SHIFT = 5;
/** Of a record without its bins or members: flags, count, five numbers, two lengths. */
const HEADER_BYTES = 1 + 9 + 5 * 9 + 1 + 2 * 5;
/** Stands where the number of a set's members would, when they are a sketch. */
const REGISTERS = 2 ** 32;

/** To read one gauge into: what is read is used before anything else is. */
const GAUGE_CELL = new Cell(GAUGE);

/**
 * All series of one closed slot of time, as bytes: a bin takes about one of them, a slot with one sample
 * four. Dropping an hour of samples is dropping pages, with nothing for the garbage collector to walk.
 */
export class Page {
  /** Unix seconds. */
  readonly start: number;
  readonly seconds: number;
  readonly #places: Places;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(start: number, seconds: number, places: Places, bytes: Uint8Array) {
    this.start = start;
    this.seconds = seconds;
    this.#places = places;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get byteLength(): number {
    return this.#bytes.byteLength + this.#places.byteLength;
  }

  has(series: number): boolean {
    return this.#places.startOf(series) >= 0;
  }

  forget(series: number): void {
    this.#places.forget(series);
  }

  /** The latest value of a gauge, and its second. */
  lastOf(series: number): { value: number; at: number } | undefined {
    if (!this.has(series)) return undefined;
    const cell = GAUGE_CELL;
    cell.clear();
    this.mergeInto(series, cell, false);
    return { value: cell.last, at: cell.lastAt };
  }

  /** Adds what this page has of a series to a cell. */
  mergeInto(series: number, cell: Cell, withBins: boolean): void {
    let at = this.#places.startOf(series);
    if (at < 0) return;
    const view = this.#view;
    const flags = this.#bytes[at++]!;
    const shape = flags & 3;
    const decimals = (flags >>> DECIMALS_SHIFT) - 1;
    if (flags & SINGLE) {
      at = this.#number(at, decimals);
      const value = this.#read;
      cell.count++;
      cell.sum += value;
      if (value < 0) cell.down -= value;
      cell.setLast(value, this.start + (shape === GAUGE ? this.#bytes[at]! : 0));
      if (value < cell.min) cell.min = value;
      if (value > cell.max) cell.max = value;
      if (shape === SKETCH && withBins) cell.addBin(keyOf(value), 1);
      return;
    }
    if (flags & FRACTIONS) {
      cell.fractions = true;
      cell.count += view.getFloat64(at);
      at += 8;
    } else {
      at = this.#varint(at);
      cell.count += this.#read;
    }
    if (shape === SET) {
      at = this.#varint(at);
      if (this.#read >= REGISTERS) {
        const registers = this.#bytes.subarray(at, at + this.#read - REGISTERS);
        cell.addMembers((members) => members.mergeRegisters(registers));
        return;
      }
      for (let i = this.#read; i > 0; i--, at += 8) cell.addMember(view.getFloat64(at));
      return;
    }
    at = this.#number(at, decimals);
    const sum = this.#read;
    if (decimals >= 0) {
      at = this.#signed(at);
      cell.sum += stepFrom(sum, this.#read);
    } else cell.sum += sum;
    if (flags & DOWN) {
      cell.down += view.getFloat64(at);
      at += 8;
    }
    if (shape === SUM) return;
    at = this.#number(at, decimals);
    const min = this.#read;
    at = this.#number(at, decimals);
    const max = this.#read;
    at = this.#number(at, decimals);
    const last = this.#read;
    cell.setLast(last, this.start + (shape === GAUGE ? this.#bytes[at]! : 0));
    const isWider = min < cell.min || max > cell.max;
    if (min < cell.min) cell.min = min;
    if (max > cell.max) cell.max = max;
    if (shape === GAUGE || !withBins) return;
    if (isWider) cell.reserve(keyOf(min), keyOf(max));
    at = this.#varint(at);
    const bins = this.#read;
    at = this.#signed(at);
    let key = this.#read;
    for (let i = 0; i < bins; i++) {
      if (flags & FRACTIONS) {
        at = this.#varint(at);
        cell.addBin(key + this.#read, view.getFloat32(at));
        key += this.#read;
        at += 4;
        continue;
      }
      at = this.#varint(at);
      key += this.#read >>> 1;
      if (this.#read & 1) {
        at = this.#varint(at);
        cell.addBin(key, this.#read);
      } else cell.addBin(key, 1);
    }
  }

  #read = 0;

  /** Sets `#read` to a number of the record, returns the position behind it. */
  #number(at: number, decimals: number): number {
    if (decimals < 0) {
      this.#read = this.#view.getFloat64(at);
      return at + 8;
    }
    const behind = this.#signed(at);
    this.#read = decimalOf(this.#read, decimals);
    return behind;
  }

  /** Sets `#read`, returns the position behind it. */
  #signed(at: number): number {
    const behind = this.#varint(at);
    const half = Math.floor(this.#read / 2);
    this.#read = this.#read % 2 === 0 ? half : -half - 1;
    return behind;
  }

  /** Sets `#read`, returns the position behind it. */
  #varint(start: number): number {
    const bytes = this.#bytes;
    let at = start;
    let byte = bytes[at++]!;
    let value = byte & 127;
    for (let factor = 128; byte >= 128; factor *= 128) {
      byte = bytes[at++]!;
      value += (byte & 127) * factor;
    }
    this.#read = value;
    return at;
  }
}

function flagOf(decimals: number): number {
  return (decimals + 1) << DECIMALS_SHIFT;
}

/** With how many decimals all numbers of a cell come back as they are; -1 where they would not. */
function decimalsIn(cell: Readonly<Cell>): number {
  let decimals = 0;
  if (cell.shape !== SUM) {
    decimals = decimalsOf(cell.min, decimals);
    if (decimals >= 0) decimals = decimalsOf(cell.max, decimals);
    if (decimals >= 0) decimals = decimalsOf(cell.last, decimals);
  }
  return decimals >= 0 && stepsTo(cell.sum, decimals) !== undefined ? decimals : -1;
}

/** Builds a page. One writer serves all pages; its buffer grows to the largest. */
export class PageWriter {
  #bytes = new Uint8Array(64 * 1024);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  /** Where each series' record begins, plus one; 0 for none. */
  #starts = new Int32Array(0);
  #start = 0;
  #seconds = 1;

  begin(seriesCount: number, start: number, seconds: number): void {
    this.#start = start;
    this.#seconds = seconds;
    this.#length = 0;
    this.#starts = new Int32Array(seriesCount);
  }

  write(series: number, cell: Cell): void {
    const bins = Math.max(0, cell.high - cell.low + 1);
    const { members } = cell;
    this.#reserve(HEADER_BYTES + bins * 10 + (members?.registers?.length ?? (members?.exact?.size ?? 0) * 8));
    this.#starts[series] = this.#length + 1;
    const isValue = cell.shape === GAUGE || cell.shape === SKETCH;
    if (cell.count === 1 && (isValue ? cell.min === cell.max : cell.shape === SUM)) {
      const decimals = decimalsOf(cell.sum, 0);
      this.#byte(cell.shape | SINGLE | flagOf(decimals));
      this.#number(cell.sum, decimals);
      if (cell.shape === GAUGE) this.#byte(this.#secondOf(cell));
      return;
    }
    const fractions = cell.fractions || cell.count > Number.MAX_SAFE_INTEGER;
    const hasDown = cell.shape !== SET && cell.down !== 0;
    const decimals = cell.shape === SET ? -1 : decimalsIn(cell);
    this.#byte(cell.shape | (fractions ? FRACTIONS : 0) | (hasDown ? DOWN : 0) | flagOf(decimals));
    if (fractions) this.#float(cell.count);
    else this.#varint(cell.count);
    if (cell.shape === SET) {
      this.#members(members);
      return;
    }
    this.#number(cell.sum, decimals);
    if (decimals >= 0) this.#signed(stepsTo(cell.sum, decimals)!);
    if (hasDown) this.#float(cell.down);
    if (cell.shape === SUM) return;
    this.#number(cell.min, decimals);
    this.#number(cell.max, decimals);
    this.#number(cell.last, decimals);
    if (cell.shape === GAUGE) this.#byte(this.#secondOf(cell));
    if (cell.shape === SKETCH) this.#bins(cell, fractions);
  }

  /** Of the slot, from 0: the second of the last value. */
  #secondOf({ lastAt }: Cell): number {
    return Math.min(this.#seconds - 1, Math.max(0, lastAt - this.#start));
  }

  #members(members: Members | undefined): void {
    const registers = members?.registers;
    if (registers !== undefined) {
      this.#varint(REGISTERS + registers.length);
      this.#bytes.set(registers, this.#length);
      this.#length += registers.length;
      return;
    }
    this.#varint(members?.exact?.size ?? 0);
    for (const member of members?.exact ?? []) this.#float(member);
  }

  /** A page in the making must not show a series that left to the one that gets its number. */
  forget(series: number): void {
    if (series < this.#starts.length) this.#starts[series] = 0;
  }

  finish(): Page {
    return new Page(this.#start, this.#seconds, new Places(this.#starts), this.#bytes.slice(0, this.#length));
  }

  #bins(cell: Cell, fractions: boolean): void {
    let used = 0;
    for (let key = cell.low; key <= cell.high; key++) if (cell.weightOf(key) !== 0) used++;
    this.#varint(used);
    this.#signed(cell.low);
    let before = cell.low;
    for (let key = cell.low; key <= cell.high; key++) {
      const weight = cell.weightOf(key);
      if (weight === 0) continue;
      const further = key - before;
      before = key;
      if (fractions) {
        this.#varint(further);
        this.#view.setFloat32(this.#length, weight);
        this.#length += 4;
        continue;
      }
      // Most bins of a short slot hold one sample.
      this.#varint(further * 2 + (weight === 1 ? 0 : 1));
      if (weight !== 1) this.#varint(weight);
    }
  }

  #number(value: number, decimals: number): void {
    if (decimals < 0) this.#float(value);
    else this.#signed(unitsOf(value, decimals));
  }

  /** Small numbers of either sign are short: zigzag. */
  #signed(value: number): void {
    this.#varint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  #byte(value: number): void {
    this.#bytes[this.#length++] = value;
  }

  #float(value: number): void {
    this.#view.setFloat64(this.#length, value);
    this.#length += 8;
  }

  #varint(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.#bytes[this.#length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#length++] = rest;
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
