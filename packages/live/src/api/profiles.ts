import type { Selection } from 'routemeter/profile';
import * as v from 'valibot';
import type { Profiles } from '../profiles/profiles.ts';
import { flameTold } from '../profiles/told.ts';
import { type ApiContext, ApiError, type Endpoint, read, Sent } from './endpoint.ts';
import { refuseForeign } from './foreign.ts';

const between = (least: number, most: number, unit: string) => {
  const message = `must be a number of ${unit} from ${least} to ${most}`;
  return v.pipe(v.number(message), v.minValue(least, message), v.maxValue(most, message));
};

const Order = v.strictObject({
  seconds: v.optional(between(0.1, 30, 'seconds'), 10),
  interval: v.optional(between(0.5, 100, 'milliseconds'), 1),
  force: v.optional(v.boolean('must be true or false'), false),
  maxStall: v.optional(between(0, 60_000, 'milliseconds')),
  pid: v.optional(v.pipe(v.number('must be the number of a process'), v.integer(), v.minValue(1))),
  host: v.optional(v.string('must be the name of a host')),
  program: v.optional(v.string('must be the path of a program, or its last part')),
});

const One = v.object({ id: v.string() });
const Wanted = v.object({
  id: v.string(),
  route: v.optional(v.string()),
  method: v.optional(v.pipe(v.string(), v.toUpperCase())),
  kind: v.optional(v.string()),
  block: v.optional(v.string()),
  pace: v.optional(v.picklist(['slow', 'usual'], 'must be slow or usual')),
});

/** Asks the application that this server runs for a profile, and answers at once. */
export const startProfile: Endpoint = {
  method: 'POST',
  path: '/api/profiles',
  async handle(_query, { profiles }, { req, body }) {
    refuseForeign(req, 'start a profile');
    const text = await body();
    const result = v.safeParse(Order, text.trim() === '' ? {} : json(text));
    if (!result.success) {
      const issue = result.issues[0];
      throw new ApiError(400, 'BAD_PARAMETER', `${v.getDotPath(issue) ?? 'body'}: ${issue.message}`);
    }
    return profiles.start(result.output);
  },
};

/** Ends a profile early. */
export const stopProfile: Endpoint = {
  method: 'POST',
  path: '/api/profiles/:id/stop',
  async handle(query, { profiles }, { req }) {
    refuseForeign(req, 'stop a profile');
    return profiles.stop(read(One, query).id);
  },
};

/** The profiles that are kept, and the threads that can be asked for one. */
export const listProfiles: Endpoint = {
  method: 'GET',
  path: '/api/profiles',
  isLight: true,
  async handle(_query, { profiles }) {
    return { threads: profiles.threads(), profiles: profiles.list() };
  },
};

/** One profile; once it is done, with what each unit of work and each block used. */
export const oneProfile: Endpoint = {
  method: 'GET',
  path: '/api/profiles/:id',
  async handle(query, { profiles }) {
    const { id } = read(One, query);
    const entry = profiles.entry(id);
    return entry.state === 'done' ? { ...entry, units: profiles.profile(id).units } : entry;
  },
};

export const profileFlame: Endpoint = {
  method: 'GET',
  path: '/api/profiles/:id/flame',
  async handle(query, context) {
    const { profile, wanted, id } = selected(query, context);
    return { id, ...wanted, ...flameTold(profile, wanted) };
  },
};

export const profileFile: Endpoint = {
  method: 'GET',
  path: '/api/profiles/:id/cpuprofile',
  async handle(query, context, { res }) {
    const { profile, wanted, id } = selected(query, context);
    attach(res, `${fileName(id, wanted)}.cpuprofile`);
    return new Sent(
      'application/json; charset=utf-8',
      Buffer.from(JSON.stringify(profile.cpuprofile(wanted))),
    );
  },
};

export const profileFolded: Endpoint = {
  method: 'GET',
  path: '/api/profiles/:id/folded',
  async handle(query, context, { res }) {
    const { profile, wanted, id } = selected(query, context);
    attach(res, `${fileName(id, wanted)}.folded.txt`);
    return new Sent('text/plain; charset=utf-8', Buffer.from(profile.folded(wanted)));
  },
};

function selected(query: URLSearchParams, { profiles }: Pick<ApiContext, 'profiles'>) {
  const { id, ...wanted } = read(Wanted, query);
  const profile: ReturnType<Profiles['profile']> = profiles.profile(id);
  if (!profile.has(wanted)) {
    throw new ApiError(
      404,
      'NOT_FOUND',
      `nothing of that ran in profile ${id}; GET /api/profiles/${id} tells what did`,
    );
  }
  return { id, profile, wanted };
}

function attach(res: { setHeader(name: string, value: string): void }, name: string): void {
  res.setHeader('content-disposition', `attachment; filename="${name}"`);
}

/** Such as `profile-3-GET-orgs-org-users`. */
function fileName(id: string, { kind, method, route, block, pace }: Selection): string {
  const parts = [`profile-${id}`, kind, method, route, block, pace].filter(
    (part) => part !== undefined && part !== '',
  );
  return parts
    .join('-')
    .replace(/[^A-Za-z0-9_.-]+/g, '-')
    .replace(/-{2,}/g, '-')
    .replace(/-$/, '')
    .slice(0, 120);
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError(400, 'BAD_PARAMETER', 'the body must be JSON such as {"seconds":10}');
  }
}
