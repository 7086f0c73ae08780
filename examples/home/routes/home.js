import { Router } from 'express';
import { findUser } from '../services/people.js';
import { statsOf } from '../services/stats.js';

/** What a person sees first: four parts, gathered at once. */
export function homeRoutes({ friends: friendsOf, feed, ads }) {
  const router = Router();

  router.get('/', async (req, res) => {
    const user = findUser(req.query.user ?? '1');
    const [friends, posts, banners, stats] = await Promise.all([
      friendsOf(user),
      feed(user),
      ads(user),
      statsOf(user),
    ]);
    res.json({ user: user.name, friends: friends.length, posts, banners, stats });
  });

  // Server-sent events, until the reader leaves.
  router.get('/updates', (_req, res) => {
    res.set('cache-control', 'no-store').type('text/event-stream');
    res.flushHeaders();
    let id = 0;
    const timer = setInterval(() => res.write(`id: ${++id}\ndata: {"unread":${id % 7}}\n\n`), 200);
    res.on('close', () => clearInterval(timer));
  });

  return router;
}
