import flamegraph, { type FlameChart, type LaidOut } from 'd3-flame-graph';
import { select } from 'd3-selection';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { FlameNode } from '../api/types.ts';
import { percent, whole } from '../model/formatting.ts';
import { fits, type Measure } from '../model/profile.ts';
import { type FlameFrame, frameFill, frameLabel, frameLines, framesOf } from './flame-frames.ts';

type Laid = LaidOut<FlameFrame>;

interface Props {
  tree: FlameNode;
  by: Measure;
  /** What is searched for; '' for nothing. */
  search: string;
}

const CELL_PX = 22;
/** A narrower frame is no more than a line: zooming in shows it. */
const LEAST_PX = 1.5;
const MOVE_MS = 180;
const ORIGINS: FlameNode['origin'][] = ['app', 'dependency', 'node', 'native', 'engine', 'routemeter'];

/**
 * Who called whom: a frame stands below the function that called it, as wide as what it used. Laid out, drawn
 * and zoomed by d3-flame-graph; keyboard, names for screen readers and tooltips are put on its frames here.
 */
export function FlameGraph({ tree, by, search }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<FlameChart<FlameFrame> | null>(null);
  const [width, setWidth] = useState(0);
  const [found, setFound] = useState<string | null>(null);

  useLayoutEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width)));
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, []);

  useLayoutEffect(() => {
    if (width === 0) return;
    const place = box.current!;
    const root = framesOf(tree, by);
    const zoomed = (frame: Laid) => decorate(place, root, by, frame.id);
    const drawn = drawnIn(place, root, width, zoomed);
    chart.current = drawn;
    decorate(place, root, by, 0);
    place.querySelector('svg')!.addEventListener('keydown', (event) => {
      if (moved(event, drawn)) event.preventDefault();
    });
    return () => {
      chart.current = null;
      drawn.destroy();
      place.replaceChildren();
    };
  }, [tree, by, width]);

  useLayoutEffect(() => {
    const drawn = chart.current;
    if (drawn === null) return;
    if (search.trim() === '') {
      drawn.clear();
      setFound(null);
    } else {
      drawn.setSearchHandler((frames, sum, all) => {
        const part = all > 0 ? percent(sum / all) : '0';
        setFound(`${whole(frames.length)} ${frames.length === 1 ? 'frame' : 'frames'}, ${part} % of all`);
      });
      drawn.search(search);
    }
    mark(box.current!);
  }, [search, tree, by, width]);

  return (
    <figure class="flame">
      <Patterns />
      <div class="flame-box" ref={box} />
      <figcaption>
        <Legend />
        <span class="flame-found" role="status">
          {found === null ? '' : `Found: ${found}`}
        </span>
      </figcaption>
    </figure>
  );
}

function drawnIn(place: HTMLElement, root: FlameFrame, width: number, zoomed: (frame: Laid) => void) {
  const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const drawn = flamegraph<FlameFrame>()
    .width(width)
    .cellHeight(CELL_PX)
    .minFrameSize(LEAST_PX)
    .inverted(true)
    .transitionDuration(isStill ? 0 : MOVE_MS)
    .tooltip(Object.assign(() => {}, { show() {}, hide() {} }))
    .setColorMapper((frame) => (frame.highlight ? 'var(--flame-found)' : frameFill(frame.data)))
    .setSearchMatch((frame, text) => frame.parent !== null && fits(frame.data.node, text))
    .onClick(zoomed);
  select(place).datum(root).call(drawn);
  return drawn;
}

const framesIn = (place: Element) => [...place.querySelectorAll<SVGGElement>('g.frame')];
const laidOf = (frame: Element) => select<Element, Laid>(frame).datum();

/** One of the frames can be reached by Tab, the others from there by arrows. */
function decorate(place: HTMLElement, root: FlameFrame, by: Measure, reachable: number): void {
  const svg = place.querySelector('svg')!;
  svg.setAttribute('role', 'tree');
  svg.setAttribute('aria-label', 'Flame graph: arrows go from frame to frame, Enter zooms, Escape shows all');
  for (const frame of framesIn(place)) {
    const laid = laidOf(frame);
    // The library fades what is above the zoom until it can hardly be read.
    if (frame.classList.contains('fade')) frame.classList.replace('fade', 'above');
    frame.setAttribute('role', 'treeitem');
    frame.setAttribute('aria-level', String(laid.depth + 1));
    frame.setAttribute('aria-label', frameLabel(laid.data, root, by));
    frame.setAttribute('data-say', frameLines(laid.data, root, by));
    frame.setAttribute('tabindex', laid.id === reachable ? '0' : '-1');
  }
  mark(place);
}

/** Found frames have a frame of their own, for who does not tell colours apart. */
function mark(place: HTMLElement): void {
  for (const frame of framesIn(place)) frame.classList.toggle('found', laidOf(frame).highlight === true);
}

/** Whether a key did something: arrows move, Enter zooms, Escape and Home go back to all. */
function moved(event: KeyboardEvent, drawn: FlameChart<FlameFrame>): boolean {
  const frame = (event.target as Element).closest('g.frame');
  if (frame === null) return false;
  const place = frame.closest<HTMLElement>('.flame-box')!;
  const laid = laidOf(frame);
  if (event.key === 'Enter' || event.key === ' ') {
    drawn.zoomTo(laid);
    return focusOn(place, laid);
  }
  if (event.key === 'Escape' || event.key === 'Home') {
    const top = topOf(laid);
    // Nothing is zoomed: the key is the page's, which leaves the view.
    if (event.key === 'Escape' && !framesIn(place).some((one) => one.classList.contains('above')))
      return false;
    event.stopPropagation();
    drawn.zoomTo(top);
    return focusOn(place, top);
  }
  const beside = laid.parent?.children ?? [];
  const at = beside.indexOf(laid);
  const targets: Record<string, (Laid | null | undefined)[]> = {
    ArrowUp: [laid.parent],
    ArrowDown: laid.children ?? [],
    ArrowLeft: beside.slice(0, Math.max(0, at)).reverse(),
    ArrowRight: beside.slice(at + 1),
  };
  return (
    targets[event.key]?.some((target) => target !== null && target !== undefined && focusOn(place, target)) ??
    false
  );
}

function topOf(laid: Laid): Laid {
  let top = laid;
  while (top.parent !== null) top = top.parent;
  return top;
}

/** False where a frame is too narrow to be drawn. */
function focusOn(place: HTMLElement, laid: Laid): boolean {
  const all = framesIn(place);
  const target = all.find((frame) => laidOf(frame).id === laid.id);
  if (target === undefined) return false;
  for (const frame of all) frame.setAttribute('tabindex', frame === target ? '0' : '-1');
  target.focus();
  return true;
}

function Patterns() {
  return (
    <svg class="flame-patterns" aria-hidden="true" width="0" height="0">
      <defs>
        {ORIGINS.map((origin) => (
          <pattern
            key={origin}
            id={`flame-stalled-${origin}`}
            width="7"
            height="7"
            patternUnits="userSpaceOnUse"
            patternTransform="rotate(45)"
          >
            <rect width="7" height="7" fill={`var(--flame-${origin})`} />
            <rect width="3" height="7" fill="var(--flame-hatch)" />
          </pattern>
        ))}
      </defs>
    </svg>
  );
}

const LEGEND: [FlameNode['origin'], string][] = [
  ['app', 'application'],
  ['dependency', 'dependencies'],
  ['node', 'Node'],
  ['native', 'Node in C++'],
  ['engine', 'engine'],
  ['routemeter', 'Routemeter'],
];

function Legend() {
  return (
    <ul class="flame-legend">
      {LEGEND.map(([origin, words]) => (
        <li key={origin}>
          <i class={`flame-swatch flame-${origin}`} /> {words}
        </li>
      ))}
      <li>
        <i class="flame-swatch flame-hatched" /> held the loop without using CPU
      </li>
    </ul>
  );
}
