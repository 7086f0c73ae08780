import type { TagInput } from '../config/index.ts';
import { RoutemeterError, show, textOf, warnOnce } from '../errors/index.ts';
import { isWorkKind, type UnitParts, WORK_KINDS, type WorkKind } from '../unit/index.ts';

/** What a unit of work is, beside its name. */
export interface WorkOptions {
  /**
   * What it is: `work` (default) and `cron` are sent as `work.run`; `job`, `message` and `socket` as
   * `messaging.process`; `rpc` as `rpc.server.call`; `graphql` as `graphql.server.operation`.
   */
  kind?: WorkKind | undefined;
  /** What brought it, as OpenTelemetry names it: `bullmq`, `kafka`, `grpc`. Default none; not sent for `work` and `cron`. */
  system?: string | undefined;
  /** Of jobs, messages and events: the queue or topic that they came from. Default the name. */
  destination?: string | undefined;
  /** Further tags of its wall time. */
  tags?: TagInput | undefined;
}

const KEYS: readonly string[] = ['kind', 'system', 'destination', 'tags'] satisfies Array<keyof WorkOptions>;
const NONE: WorkOptions = Object.freeze({});

/** Options as they are given where code is wrapped; throws RM_OPTION_INVALID, or RM_OPTION_UNKNOWN. */
export function checkWork(given: unknown, caller = 'worked'): WorkOptions {
  if (given === undefined) return NONE;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new RoutemeterError(
      'RM_OPTION_INVALID',
      `${caller}(): ${show(given)} is not an object of options; write { kind: "job" }, for example`,
    );
  }
  for (const key of Object.keys(given)) {
    if (KEYS.includes(key)) continue;
    throw new RoutemeterError(
      'RM_OPTION_UNKNOWN',
      `${caller}(): there is no option "${key}"; there are ${KEYS.join(', ')}`,
    );
  }
  const wrong = wrongIn(given as WorkOptions);
  if (wrong !== null) throw new RoutemeterError('RM_OPTION_INVALID', `${caller}(): ${wrong}`);
  return { ...(given as WorkOptions) };
}

/** What is wrong with options; null for nothing. */
function wrongIn({ kind, system, destination }: WorkOptions): string | null {
  if (kind !== undefined && !isWorkKind(kind))
    return `kind ${show(kind)} must be one of ${WORK_KINDS.join(', ')}`;
  for (const [key, value] of [
    ['system', system],
    ['destination', destination],
  ] as const) {
    if (value !== undefined && typeof value !== 'string') return `${key} ${show(value)} must be text`;
  }
  return null;
}

/** The same where code is run: what makes no sense is left out. Never throws. */
export function readWork(
  given: unknown,
  options: WorkOptions | undefined,
): { parts: UnitParts; tags: TagInput | undefined } {
  const name = textOf(given);
  if (options === undefined || options === null) return { parts: { kind: 'work', name }, tags: undefined };
  try {
    const { kind = 'work', system, destination, tags } = options;
    const wrong = wrongIn({ kind, system, destination });
    if (wrong === null) return { parts: { kind, name, system, destination }, tags };
    warnOnce('RM_UNIT_INVALID', 'options', `work("${name.slice(0, 80)}"): ${wrong}; it is measured without`);
    return {
      parts: {
        kind: isWorkKind(kind) ? kind : 'work',
        name,
        system: typeof system === 'string' ? system : undefined,
        destination: typeof destination === 'string' ? destination : undefined,
      },
      tags,
    };
  } catch (error) {
    warnOnce(
      'RM_UNIT_INVALID',
      'options',
      `work("${name.slice(0, 80)}"): reading its options threw (${textOf(error)})`,
    );
    return { parts: { kind: 'work', name }, tags: undefined };
  }
}
