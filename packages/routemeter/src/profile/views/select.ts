import type { Owner, UnitName } from '../contract.ts';

/** Whose code a view shows; what is not given is not asked for. Without anything: all of the thread's. */
export interface Selection {
  /** The route's template, or the name of another unit. */
  route?: string | undefined;
  method?: string | undefined;
  kind?: string | undefined;
  /** The name of a block: what ran in it, its inner blocks included. */
  block?: string | undefined;
  /** `slow`: units that took longer than 95 % of those of their name; `usual`: all others. */
  pace?: 'slow' | 'usual' | undefined;
}

/** Whether an owner is selected. */
export function isSelected({ kind, name, method, blocks, slow }: Owner, wanted: Selection): boolean {
  return (
    (wanted.route === undefined || wanted.route === name) &&
    (wanted.method === undefined || wanted.method === method) &&
    (wanted.kind === undefined || wanted.kind === kind) &&
    (wanted.block === undefined || blocks.includes(wanted.block)) &&
    (wanted.pace === undefined || (wanted.pace === 'slow') === (slow === true))
  );
}

/** What belongs to the same unit has the same. */
export function unitKey({ kind, method, name }: UnitName): string {
  return `${kind}\0${method}\0${name}`;
}
