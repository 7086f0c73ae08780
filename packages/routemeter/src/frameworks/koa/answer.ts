import type { Context } from './types.ts';

/** What the response is at a point in the middle of a request. */
export class Answer {
  /** Something was set before. */
  readonly isGiven: boolean;
  private readonly status: number;
  private readonly body: unknown;

  constructor(context: Context) {
    this.isGiven = isExplicit(context);
    this.status = context.status;
    this.body = context.body;
  }

  /** Whether somebody has answered since. */
  isAnswered(context: Context): boolean {
    if (context.res.headersSent || context.respond === false) return true;
    if (isExplicit(context) !== this.isGiven) return true;
    return context.status !== this.status || context.body !== this.body;
  }
}

function isExplicit(context: Context): boolean {
  return context.response._explicitStatus === true;
}
