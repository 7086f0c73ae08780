import { timed } from 'routemeter';

const FRIENDS = `
  SELECT users.id, users.name
  FROM friends JOIN users ON users.id = friends.friend_id
  WHERE friends.user_id = $1
`;

/** A cheap look-up: one query, next to no CPU. */
export function createFriends(pool) {
  return timed('friends', async (user) => (await pool.query(FRIENDS, [user.id])).rows);
}
