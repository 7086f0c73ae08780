import { ownFolder } from '../platform/index.ts';
import type { Frame, Origin } from './contract.ts';
import { pathOf, type SourceMaps } from './maps.ts';
import type { RawNode } from './raw.ts';

type CallFrame = RawNode['callFrame'];

/** Everything of ours, as one frame. */
export const ROUTEMETER: Frame = {
  name: 'routemeter',
  file: '',
  line: 0,
  column: 0,
  origin: 'routemeter',
};
/** What the ledger charged to an owner that was never seen by a sample. */
export const UNSAMPLED: Frame = { name: '(no sample)', file: '', line: 0, column: 0, origin: 'engine' };
/** The thread stood still in code that does not wait, as a debugger makes it. */
export const HALTED: Frame = { name: '(not running)', file: '', line: 0, column: 0, origin: 'engine' };

const ENGINE: Readonly<Record<string, string>> = {
  '(root)': '(root)',
  '(program)': '(native code)',
  '(idle)': '(idle)',
  '(garbage collector)': '(garbage collection)',
};
const OURS =
  /[\\/]routemeter[\\/](?:dist|src[\\/](?:attribution|calls|frameworks|meter|outputs|platform|profile|register|request|runtime|series))[\\/](?!.*[\\/]node_modules[\\/])/;
const PACKAGE = /[\\/]node_modules[\\/]/;

/** What is known of a file that code stands in. */
interface Place {
  path: string;
  isOurs: boolean;
  /** Whether a source map can tell more of its positions. */
  isMappable: boolean;
}

/** The files that the code of one profile stands in, each looked at once. */
export class Files {
  private readonly known = new Map<string, Place>();

  of(url: string): Place {
    let place = this.known.get(url);
    if (place === undefined) this.known.set(url, (place = placeOf(url)));
    return place;
  }
}

function placeOf(url: string): Place {
  if (url === '' || url.startsWith('node:')) return { path: url, isOurs: false, isMappable: false };
  const path = pathOf(url);
  // A copy inside of a bundle is known by what the map says.
  const ours = isOurs(path);
  return { path, isOurs: ours, isMappable: !ours && !url.startsWith('wasm:') && !PACKAGE.test(url) };
}

/** A frame as it is shown. V8 has URLs for ES modules, and paths for other files. */
export function frameOf(call: CallFrame, maps: SourceMaps, files: Files): Frame {
  const { functionName, url, lineNumber, columnNumber } = call;
  const name = functionName === '' ? '(anonymous)' : functionName;
  if (url === '') {
    const isNative = Number(call.scriptId) === 0;
    const engine = isNative ? ENGINE[functionName] : undefined;
    const origin: Origin = engine !== undefined ? 'engine' : isNative ? 'native' : 'app';
    return { name: engine ?? name, file: '', line: 0, column: 0, origin };
  }
  if (url.startsWith('node:')) return { name, file: url, line: lineNumber + 1, column: 0, origin: 'node' };
  const { path, isOurs: ours, isMappable } = files.of(url);
  if (ours) return ROUTEMETER;
  const original = isMappable ? maps.find(url, lineNumber, columnNumber) : null;
  if (original === null) return placed(name, path, lineNumber + 1, columnNumber + 1);
  return isOurs(original.file) ? ROUTEMETER : placed(name, original.file, original.line, original.column);
}

let own: string | null | undefined;

/** By where this copy stands, and by how others are installed. */
function isOurs(path: string): boolean {
  if (own === undefined) own = ownFolder();
  return OURS.test(path) || (own !== null && path.startsWith(own));
}

function placed(name: string, file: string, line: number, column: number): Frame {
  return { name, file, line, column, origin: PACKAGE.test(file) ? 'dependency' : 'app' };
}
