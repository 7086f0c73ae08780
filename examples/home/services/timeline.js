import { timed } from 'routemeter';

const POSTS = `
  SELECT posts.id, posts.author_id, posts.body
  FROM posts JOIN friends ON friends.friend_id = posts.author_id
  WHERE friends.user_id = $1
  ORDER BY posts.id DESC
  LIMIT 30
`;

/** What friends wrote. It asks for the author of each post by itself: one query becomes 31. */
export function createTimeline(pool) {
  return timed('timeline', async (user) => {
    const { rows: posts } = await pool.query(POSTS, [user.id]);
    const timeline = [];
    for (const { id, author_id, body } of posts) {
      const { rows } = await pool.query('SELECT name FROM users WHERE id = $1', [author_id]);
      timeline.push({ id, author: rows[0].name, body });
    }
    return timeline;
  });
}
