import { setTimeout as wait } from 'node:timers/promises';
import { timed } from 'routemeter';
import { users } from './people.js';

/** A cheap look-up: a few milliseconds of database, next to no CPU. */
export const friendsOf = timed('friends', async (user) => {
  const first = Number(user.id);
  await wait(3 + (first % 5));
  return Array.from({ length: 8 }, (_, at) => users[(first + at * 37) % users.length]);
});
