import * as exceptionsHandler from '@nestjs/core/exceptions/exceptions-handler.js';
import type { Meter } from '../../meter/index.ts';
import { type ExpressMiddleware, expressMeter } from '../express.ts';
import { hookExceptions } from './errors.ts';
import { hookExpressAdapter } from './express.ts';
import { type FastifyAdapter, followFastify } from './fastify.ts';

/** What is used of Nest's adapters. */
export interface HttpAdapter {
  getType(): string;
  getInstance(): unknown;
}

/** Claims the requests of an application and names them. Stands before everything the application adds. */
export function follow(adapter: HttpAdapter | undefined, meter: Meter): void {
  const type = adapter?.getType?.();
  if (adapter === undefined || (type !== 'express' && type !== 'fastify')) return;
  hookExceptions(exceptionsHandler);
  if (type === 'fastify') {
    followFastify(adapter as HttpAdapter & FastifyAdapter, meter);
    return;
  }
  (adapter.getInstance() as { use(middleware: ExpressMiddleware): void }).use(expressMeter(meter));
  hookExpressAdapter(adapter);
}
