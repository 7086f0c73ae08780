import { joinMount, joinRoute, Template } from '../template.ts';
import {
  type ExpressRequest,
  elements,
  type Layer,
  type LayerClass,
  type Place,
  type RawPath,
} from './layer.ts';
import { guessMount, ProbedMount } from './probe.ts';

type Test = (path: string) => boolean;

class KnownPlace implements Place {
  readonly isRoute: boolean;
  private readonly templates: readonly Template[];
  /** Which element of an array matched; null for a single path. */
  private readonly tests: readonly Test[] | null;

  constructor(isRoute: boolean, templates: readonly Template[], tests: readonly Test[] | null) {
    this.isRoute = isRoute;
    this.templates = templates;
    this.tests = tests;
  }

  template(prefix: string, request: ExpressRequest): string {
    return this.templates[this.tests === null ? 0 : this.which(this.tests, request)]!.below(prefix);
  }

  private which(tests: readonly Test[], request: ExpressRequest): number {
    const path = request._parsedUrl?.pathname ?? '';
    const index = tests.findIndex((test) => test(path));
    return index === -1 ? 0 : index;
  }
}

/**
 * Finds the place of a layer; null for what adds nothing to a name: middleware without a path, and
 * the handlers inside a route.
 *
 * @param noted the path as given to `use`, where we were there to see it.
 */
export function placeOf(layer: Layer, noted: RawPath | undefined): Place | null {
  if (!Object.hasOwn(layer, 'route')) return null;
  const isRoute = layer.route !== undefined;
  if (!isRoute && layer.handle.length > 3) return null;
  const known = isRoute ? layer.route!.path : (noted ?? layer.rawPath);
  if (known === undefined && layer.matchers !== undefined)
    return layer.slash ? null : new ProbedMount(layer.matchers);
  const raw = known ?? guessMount(layer);
  const paths = elements(raw);
  if (!isRoute && paths.every((path) => path === '/' || path === '')) return null;
  const join = isRoute ? joinRoute : joinMount;
  return new KnownPlace(
    isRoute,
    paths.map((path) => new Template(path, join)),
    paths.length === 1 ? null : paths.map((path, index) => testOf(layer, path, index, paths.length)),
  );
}

function testOf(layer: Layer, path: string | RegExp, index: number, length: number): Test {
  if (path instanceof RegExp) {
    // A copy: to ask one with a memory (flags g and y) would change what it answers to the router.
    const copy = new RegExp(path.source, path.flags.replace(/[gy]/g, ''));
    return (pathname) => copy.test(pathname);
  }
  const { matchers } = layer;
  if (matchers !== undefined && matchers.length === length)
    return lenient((pathname) => matchers[index]!(pathname));
  const options = {
    sensitive: layer.regexp !== undefined && !layer.regexp.ignoreCase,
    strict: false,
    end: layer.route !== undefined,
  };
  const single = new (layer.constructor as LayerClass)(path, options, () => {});
  return lenient((pathname) => single.match(pathname));
}

/** A segment that cannot be decoded throws, and only where the path matches. */
function lenient(match: (path: string) => unknown): Test {
  return (path) => {
    try {
      return Boolean(match(path));
    } catch {
      return true;
    }
  };
}
