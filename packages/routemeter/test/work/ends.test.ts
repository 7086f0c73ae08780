import { describe } from 'vitest';
import { endsAsWithoutUs } from './ends.ts';

describe('under the preload', () => {
  for (const library of ['cron', 'croner11', 'node-cron', 'node-schedule', 'ws', 'socket.io'])
    endsAsWithoutUs(library);
});
