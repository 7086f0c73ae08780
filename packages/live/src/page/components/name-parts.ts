import { useRef } from 'preact/hooks';
import { namePartsOf } from '../model/name-parts.ts';

/** How each name of a table is cut: worked out anew only when there are other names. */
export function useNameParts(names: readonly string[]): ReturnType<typeof namePartsOf> {
  const last = useRef<{ names: readonly string[]; partsOf: ReturnType<typeof namePartsOf> } | null>(null);
  const before = last.current?.names;
  const isSame = before?.length === names.length && names.every((name, index) => name === before[index]);
  if (!isSame) last.current = { names, partsOf: namePartsOf(names) };
  return last.current!.partsOf;
}
