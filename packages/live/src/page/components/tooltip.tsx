import { signal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { span } from '../model/formatting.ts';
import { helpText, withinWords } from '../model/help.ts';
import { widest, windowSeconds } from '../model/live.ts';
import { routeSeconds } from '../model/route-time.ts';

/**
 * One tooltip for the page. Whatever has `data-help` (a topic of the help list) or `data-say`
 * (its own text) is explained on hover and on focus; thousands of cells cost nothing meanwhile.
 * A line of `data-say` with tabs becomes a row of columns; the first may be `part:` + a part's name.
 */
interface Shown {
  target: Element;
  text: string;
}

const shown = signal<Shown | null>(null);
const DELAY_MS = 350;
const ID = 'tip';

function textOf(target: Element): string {
  const topic = target.getAttribute('data-help');
  // The header's numbers are of the present, those of a view follow its zoom.
  const over = target.closest('main') ? routeSeconds.peek() : windowSeconds.peek();
  const own = target.getAttribute('data-within');
  const within = withinWords(own === null ? widest.peek() : Number(own));
  const general = topic ? helpText(topic, span(over), within) : undefined;
  return [target.getAttribute('data-say'), general].filter(Boolean).join('\n');
}

export function watchHelp(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let over: Element | null = null;

  const find = (event: Event) =>
    (event.target as Element | null)?.closest?.('[data-help],[data-say]') ?? null;
  const show = (target: Element) => {
    const text = textOf(target);
    if (text) shown.value = { target, text };
  };
  const hide = () => {
    clearTimeout(timer);
    shown.peek()?.target.removeAttribute('aria-describedby');
    shown.value = null;
    over = null;
  };

  const enter = (event: PointerEvent) => {
    if (event.pointerType === 'touch') return;
    const target = find(event);
    if (target === over) return;
    const wasOpen = shown.peek() !== null;
    hide();
    over = target;
    if (target) timer = setTimeout(show, wasOpen ? 60 : DELAY_MS, target);
  };
  const focus = (event: FocusEvent) => {
    const target = find(event);
    // A mouse click focuses too, but whoever clicks wants the thing, not its explanation.
    if (!target || !(event.target as Element).matches(':focus-visible')) return;
    hide();
    target.setAttribute('aria-describedby', ID);
    show(target);
  };
  const key = (event: KeyboardEvent) => {
    if (event.key === 'Escape') hide();
  };

  document.addEventListener('pointerover', enter);
  document.addEventListener('focusin', focus);
  document.addEventListener('focusout', hide);
  document.addEventListener('pointerdown', hide);
  document.addEventListener('keydown', key);
  document.addEventListener('scroll', hide, { passive: true, capture: true });
  return () => {
    hide();
    document.removeEventListener('pointerover', enter);
    document.removeEventListener('focusin', focus);
    document.removeEventListener('focusout', hide);
    document.removeEventListener('pointerdown', hide);
    document.removeEventListener('keydown', key);
    document.removeEventListener('scroll', hide, { capture: true });
  };
}

const MARGIN = 8;
/** Where there is no room beside a figure: the style sheet says where it stands then. */
const docked = matchMedia('(max-width: 560px)');

export function Tooltip() {
  const box = useRef<HTMLDivElement>(null);
  const current = shown.value;

  useLayoutEffect(() => {
    const tip = box.current;
    if (!current || !tip) return;
    if (!current.target.isConnected) {
      shown.value = null;
      return;
    }
    tip.style.left = '';
    tip.style.top = '';
    if (docked.matches) return;
    const at = current.target.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = tip;
    const left = Math.min(Math.max(MARGIN, at.left + at.width / 2 - width / 2), innerWidth - width - MARGIN);
    const below = at.bottom + MARGIN + height <= innerHeight;
    tip.style.left = `${Math.round(left)}px`;
    tip.style.top = `${Math.round(below ? at.bottom + 6 : Math.max(MARGIN, at.top - height - 6))}px`;
  }, [current]);

  return (
    <div id={ID} role="tooltip" class="tip" ref={box} hidden={!current}>
      {current?.text.split('\n').map((line, index) => (
        <TipLine key={index} line={line} />
      ))}
    </div>
  );
}

function TipLine({ line }: { line: string }) {
  const [first = '', ...rest] = line.split('\t');
  if (rest.length === 0) return <p>{line}</p>;
  const [, part, label = first] = /^part:(\w+) (.*)$/.exec(first) ?? [];
  return (
    <p class="tip-row">
      <span>
        {part ? <i class={`swatch part-${part}`} /> : null}
        {label}
      </span>
      {rest.map((cell, index) => (
        <span key={index} class="num">
          {cell}
        </span>
      ))}
    </p>
  );
}
