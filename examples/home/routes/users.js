import { Router } from 'express';
import { addPost, findUser } from '../services/people.js';

export function userRoutes({ friends: friendsOf, timeline }) {
  const router = Router();

  router.get('/:id', (req, res) => res.json(findUser(req.params.id)));

  router.get('/:id/friends', async (req, res) => res.json(await friendsOf(findUser(req.params.id))));

  router.get('/:id/timeline', async (req, res) => res.json(await timeline(findUser(req.params.id))));

  router.post('/:id/posts', (req, res) => {
    const user = findUser(req.params.id);
    const text = req.body?.text;
    if (typeof text !== 'string' || text === '') return res.status(422).json({ error: 'text is missing' });
    res.status(201).json(addPost(user, text));
  });

  return router;
}
