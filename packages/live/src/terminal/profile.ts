import type { FunctionRow, Hold, ProfiledUnit } from 'routemeter/profile';
import { columns, printable } from './columns.ts';
import { cut, digits } from './text.ts';

/** What ran while a profile was taken, as a table for a terminal. */
export function unitsTable(units: readonly ProfiledUnit[]): string[] {
  const rows = units.map((unit) => [
    cut(printable(unitTitle(unit))),
    digits(unit.cpu),
    digits(unit.stalled),
    String(unit.samples),
  ]);
  return columns([['route', 'cpu ms', 'stalled ms', 'samples'], ...rows], new Set([1, 2, 3]));
}

/** The functions of a profile by what they used themselves. `all`: ms that all of them used. */
export function functionsTable(functions: readonly FunctionRow[], all: number): string[] {
  const rows = functions
    .filter(({ self }) => self.cpu + self.stalled > 0)
    .map(({ name, file, line, self, cpu, stalled }) => [
      cut(printable(name)),
      digits(all > 0 ? ((self.cpu + self.stalled) / all) * 100 : 0),
      digits(self.cpu + self.stalled),
      digits(cpu + stalled),
      file === '' ? '' : cut(printable(placeOf(file, line))),
    ]);
  return columns([['function', 'self %', 'self ms', 'total ms', 'where'], ...rows], new Set([1, 2, 3]));
}

/** What slow units used, a line for each name that fits. */
export function slowLines(units: readonly ProfiledUnit[], wanted: URLSearchParams): string[] {
  const [route, method] = [wanted.get('route'), wanted.get('method')];
  return units
    .filter(({ name }) => route === null || name === route)
    .filter((unit) => method === null || unit.method === method)
    .flatMap((unit) => {
      const { slow } = unit;
      if (slow === null) return [];
      const others = Math.max(1, slow.of - slow.count);
      const each = ({ cpu, stalled }: { cpu: number; stalled: number }, count: number) =>
        `${digits(cpu / count)} ms of CPU and ${digits(stalled / count)} ms stalled`;
      const rest = { cpu: unit.cpu - slow.cpu, stalled: unit.stalled - slow.stalled };
      return printable(
        `${unitTitle(unit)}: ${slow.count} of ${slow.of} took longer than ${digits(slow.from)} ms; each used ${each(slow, slow.count)}, each of the others ${each(rest, others)}`,
      );
    });
}

/** Blocking calls, a line each. */
export function holdLines(holds: readonly Hold[]): string[] {
  return holds.map(({ call, caller, unit, count, total }) => {
    const place = caller.file === '' ? caller.name : placeOf(caller.file, caller.line);
    return printable(
      `${unitTitle(unit)} holds the loop ${digits(total / count)} ms in ${call}, called by ${caller.name} at ${place}`,
    );
  });
}

function unitTitle({ kind, name, method }: Pick<ProfiledUnit, 'kind' | 'name' | 'method'>): string {
  if (kind === 'outside') return 'nobody';
  return method === '' ? name || kind : `${method} ${name}`;
}

function placeOf(file: string, line: number): string {
  return `${file.startsWith('node:') ? file : file.replace(/^.*[\\/]/, '')}:${line}`;
}
