import { type RequestSpan, urlOf } from '../request/index.ts';
import { joinRoute } from './template.ts';

/** On requests: the innermost mount that was entered. */
const MOUNT: unique symbol = Symbol.for('routemeter.v1.mount') as never;

/** A place in the address below which something else answers, by whichever framework it was mounted. */
export interface Mount {
  readonly above: Mount | null;
  /** The framework that has it. */
  readonly by: string;
  /** The template of all mounts down to here. */
  readonly template: string;
  /** How much of the address it stands for; -1 where the address was rewritten on the way. */
  readonly taken: number;
  /** What a request is called that is answered in it, and by no route; null for no name. */
  readonly name: string | null;
}

type Mounted = { url?: string | undefined; originalUrl?: string; [MOUNT]?: Mount | null };

/** The innermost mount that a request is in. */
export function mountOf(request: object): Mount | null {
  return (request as Mounted)[MOUNT] ?? null;
}

/** Goes into a mount, or back out to one. */
export function setMount(request: object, mount: Mount | null): void {
  (request as Mounted)[MOUNT] = mount;
}

/** The address that the client asked for, whatever stands in `url` by now. */
function addressOf(request: object, span: RequestSpan | undefined): string {
  return span === undefined ? urlOf(request as Mounted) : span.url;
}

/**
 * How many characters of the address stand before `url`, which is what is left of it for the code at
 * work; -1 where it is no end of the address.
 */
export function takenFrom(request: object, span: RequestSpan | undefined, url: string): number {
  const address = addressOf(request, span);
  // Frameworks can be handed anything in place of a request.
  if (typeof address !== 'string' || typeof url !== 'string') return -1;
  if (address === url) return 0;
  if (address.endsWith(url)) return address.length - url.length;
  // What is cut off to the end, before the query, leaves a slash behind that nobody sent.
  const bare = url === '/' || url.startsWith('/?');
  return bare && address.endsWith(url.slice(1)) ? address.length - url.length + 1 : -1;
}

/**
 * The template of what stands before `url` in the address. Something on the way may have put the whole
 * address back into the request, or cut off more of it: then the mount that counts is not the innermost.
 */
export function prefixOf(request: object, span: RequestSpan | undefined, url: string): string {
  const innermost = mountOf(request);
  if (innermost === null && span?.url === url) return '';
  return prefixAt(innermost, span, takenFrom(request, span, url));
}

/** @param taken how much of the address the prefix stands for. */
export function prefixAt(innermost: Mount | null, span: RequestSpan | undefined, taken: number): string {
  for (let mount = innermost; mount !== null; mount = mount.above) {
    if (mount.taken === taken) return mount.template;
  }
  if (taken === 0) return '';
  if (taken > 0 && span !== undefined) {
    const outer = outerTemplate(span.route, span.url, taken);
    if (outer !== null) return outer;
  }
  return innermost?.template ?? '';
}

/**
 * A route that takes everything below it (`/old/*`) handed the request on to another framework, without
 * the part of the address that it stands for: as many of its segments as were cut off.
 */
export function outerTemplate(route: string, address: string, taken: number): string | null {
  const cut = address.slice(0, taken);
  const count = cut.split('/').length;
  const segments = route.split('/');
  const template = segments.slice(0, count).join('/');
  return segments.length > count && fits(template, cut) ? template : null;
}

/** Whether a template of whole segments may be that of a path: each is the same, or holds a parameter. */
export function fits(template: string, path: string): boolean {
  const segments = path.split('/');
  const own = template.split('/');
  return (
    own.length === segments.length && own.every((one, index) => one === segments[index] || /[:{*(]/.test(one))
  );
}

/** The same for the whole of an address, whichever letters and whatever slash at its end a router lets pass. */
export function fitsAddress(template: string, address: string): boolean {
  const path = address.replace(/[?#].*$/, '').replace(/(?<=.)\/$/, '');
  return fits(template.toLowerCase(), path.toLowerCase());
}

/** Names a request after a route, below what its framework is mounted under. */
export function nameRoute(span: RequestSpan, request: { url?: string | undefined }, template: string): void {
  span.setRoute(joinRoute(prefixOf(request, span, request.url ?? ''), template));
}
