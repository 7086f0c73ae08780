import * as v from 'valibot';
import { UNITS } from '../units.ts';
import { ApiError, type Endpoint } from './endpoint.ts';
import { refuseForeign } from './foreign.ts';

const Body = v.object({
  metric: v.pipe(v.string('must be the name of a metric'), v.minLength(1, 'must be the name of a metric')),
  unit: v.picklist(UNITS, `must be one of ${UNITS.join(', ')}`),
});

/** Gives a metric its unit, from now on and for what came before. */
export const units: Endpoint = {
  method: 'POST',
  path: '/api/units',
  async handle(_query, { units }, { req, body }) {
    refuseForeign(req, 'change this server');
    const result = v.safeParse(Body, json(await body()));
    if (!result.success) {
      const issue = result.issues[0];
      throw new ApiError(400, 'BAD_PARAMETER', `${v.getDotPath(issue) ?? 'body'}: ${issue.message}`);
    }
    const { metric, unit } = result.output;
    if (!units.give(metric, unit)) {
      throw new ApiError(409, 'TOO_MANY_UNITS', 'no room for one more; give units with --unit instead');
    }
    return { metric, unit };
  },
};

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError(
      400,
      'BAD_PARAMETER',
      'the body must be JSON such as {"metric":"upload.time","unit":"s"}',
    );
  }
}
