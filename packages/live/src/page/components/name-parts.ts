import { useEffect, useMemo, useReducer, useRef } from 'preact/hooks';
import { type NamePart, namePartsOf } from '../model/name-parts.ts';

type PartsOf = (name: string) => readonly NamePart[];

/** So many names are compared before they are shown; with more, they are shown first. */
const AT_ONCE = 1000;
const LATER_MS = 100;

const whole: PartsOf = (text) => [{ text, differs: true }];

/** How each name of a table is cut: worked out anew only when there are other names. */
export function useNameParts(names: readonly string[]): PartsOf {
  const [, again] = useReducer((n: number) => n + 1, 0);
  const last = useRef<{ names: readonly string[]; partsOf: PartsOf }>({ names: [], partsOf: whole });
  const isDue = useMemo(() => !isSame(names, last.current.names), [names]);
  const compare = () => {
    last.current = { names, partsOf: namePartsOf(names) };
  };
  if (isDue && last.current.names !== names && names.length <= AT_ONCE) compare();
  useEffect(() => {
    if (last.current.names === names || isSame(names, last.current.names)) return;
    // Behind the frame that shows them.
    const timer = setTimeout(() => {
      compare();
      again(0);
    }, LATER_MS);
    return () => clearTimeout(timer);
  }, [names]);
  return last.current.partsOf;
}

const isSame = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((name, index) => name === b[index]);
