import { type Account, NOBODY, type Series, type SeriesFinder, tagsOf, userTags } from '../books/index.ts';
import type { Block, BlockOwner } from './block.ts';
import { PENDING_BLOCKS, unitOf } from './unit.ts';

/** Turns the ended blocks of one meter, or child, into samples. */
export class Blocks implements BlockOwner {
  readonly finder: SeriesFinder;

  constructor(finder: SeriesFinder) {
    this.finder = finder;
  }

  /** A block waits for the name of its unit, or is recorded at once. */
  ended(block: Block): void {
    const { core } = this.finder;
    if (!core.recording()) return;
    const unit = unitOf(block);
    if (unit === null) {
      if (block.parent === null) block.waits?.named();
      this.record(block, NOBODY);
    } else if (unit.account !== null) {
      if (!unit.account.isIgnored) this.record(block, unit.account);
    } else if ((unit.blocks ??= []).length < PENDING_BLOCKS) {
      unit.blocks.push(block);
    } else {
      core.pending++;
      this.record(block, unit.recorder.pending(unit));
    }
  }

  record(block: Block, account: Account): void {
    const { finder } = this;
    const { core } = finder;
    const { timings, cpu, sampleRate } = core.config;
    if (!core.chosen(sampleRate)) return;
    const { name } = block;
    const server = core.wantsServers ? (unitOf(block)?.server?.tags ?? null) : null;
    const cpuRate = (typeof cpu === 'number' ? sampleRate * cpu : sampleRate) * block.rate;
    if (block.tagsGiven !== undefined || block.tagsSet !== null) {
      const own = [...userTags(block.tagsGiven), ...tagsOf(block.tagsSet)];
      this.put(finder.block(own, name, account, timings, sampleRate, server), block.wall);
      if (!block.exact) return;
      this.put(finder.block(own, `${name}.cpu`, account, timings, cpuRate, server), block.cpu);
      return;
    }
    // Without tags of its own a block finds both series by one walk, and makes no string.
    const known = finder.blocks(name, account, timings, sampleRate, server);
    if (known.series === null || known.series.dead) {
      known.series = finder.block([], name, account, timings, sampleRate, server);
    }
    const wall = known.series;
    if (wall?.overflow) known.series = null;
    this.put(wall, block.wall);
    if (!block.exact) return;
    if (known.cpu === null || known.cpu.dead || known.cpu.id.rate !== cpuRate) {
      known.cpu = finder.block([], `${name}.cpu`, account, timings, cpuRate, server);
    }
    const used = known.cpu;
    if (used?.overflow) known.cpu = null;
    this.put(used, block.cpu);
  }

  private put(series: Series | null, ms: number): void {
    if (series === null) this.finder.core.drop('cap');
    else series.record(ms);
  }
}
