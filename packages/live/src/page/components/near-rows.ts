import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';

/** Rows rendered beyond each edge of the window, and the step in which the range moves. */
const BEYOND = 20;
const STEP = 10;

export interface Near {
  from: number;
  to: number;
  /** How many rows there are in the document. */
  shown: number;
}

const FIRST_ROWS = 60;
const LATER_MS = 100;
/** Whoever comes back to a table finds all of its rows, and so the place where it was scrolled to. */
let wasPainted = false;

/**
 * Which rows of a long table are near the window. Only these show their numbers: five hundred rows
 * that all change each second are otherwise more than a browser lays out smoothly. The others keep
 * their place and their name, for the scroll bar, for finding in the page, and for the keyboard: once the
 * first ones are painted, for which whoever opens the page waits.
 */
export function useNearRows(body: RefObject<HTMLElement | null>, rows: number): Near {
  const [near, setNear] = useState({ from: 0, to: FIRST_ROWS });
  const [isWhole, setWhole] = useState(wasPainted);
  const count = isWhole ? rows : Math.min(rows, FIRST_ROWS);

  useEffect(() => {
    wasPainted = true;
    const timer = setTimeout(setWhole, LATER_MS, true);
    return () => clearTimeout(timer);
  }, []);

  useLayoutEffect(() => {
    let frame = 0;
    const measure = () => {
      frame = 0;
      const box = body.current?.getBoundingClientRect();
      if (!box || count === 0 || box.height === 0) return;
      const height = box.height / count;
      const first = Math.floor(-box.top / height / STEP) * STEP - BEYOND;
      const last = Math.ceil((innerHeight - box.top) / height / STEP) * STEP + BEYOND;
      setNear((old) => (old.from === first && old.to === last ? old : { from: first, to: last }));
    };
    const later = () => {
      frame ||= requestAnimationFrame(measure);
    };
    measure();
    addEventListener('scroll', later, { passive: true });
    addEventListener('resize', later);
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener('scroll', later);
      removeEventListener('resize', later);
    };
  }, [body, count]);

  return { ...near, shown: count };
}
