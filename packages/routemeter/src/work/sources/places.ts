import { PLACES, type Place } from '../../calls/sources/places.ts';

/**
 * One row per library that hands units of work to handlers, without its code: the preload reads these in every
 * process. The key is the source's in `index.ts`.
 */
export const UNIT_PLACES = {
  amqplib: PLACES.amqplib,
  bullmq: [
    { package: 'bullmq', file: /(?<=\/[^/]*bullmq[^/]*)\/dist\/cjs\/classes\/worker\.js$/, majors: [5, 6] },
    { package: 'bullmq', file: /(?<=\/[^/]*bullmq[^/]*)\/dist\/cjs\/classes\/job\.js$/, majors: [5, 6] },
  ],
  'confluent-kafka': PLACES['confluent-kafka'],
  kafkajs: PLACES.kafkajs,
} as const satisfies Record<string, readonly Place[]>;

export type UnitPlaceName = keyof typeof UNIT_PLACES;
