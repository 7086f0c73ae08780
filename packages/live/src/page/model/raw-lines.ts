import type { RawLine } from '../api/types.ts';
import { contains } from './filtering.ts';

/** Control characters as their pictures: a line must neither break nor hide what it holds. */
export function visible(text: string): string {
  return text
    .replace(/[\u0000-\u001f]/g, (char) => String.fromCharCode(0x2400 + char.charCodeAt(0)))
    .replaceAll('\u007f', '\u2421');
}

export function fitting(lines: readonly RawLine[], text: string, errorsOnly: boolean): RawLine[] {
  return lines.filter(
    (line) => (!errorsOnly || line.error !== undefined) && contains(`${line.text} ${line.error ?? ''}`, text),
  );
}
