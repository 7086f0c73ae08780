import { Router } from 'express';
import { searchPeople } from '../services/people.js';

export function searchRoutes() {
  const router = Router();

  router.get('/', (req, res) => {
    const { q } = req.query;
    if (typeof q !== 'string' || q === '') return res.status(400).json({ error: 'q is missing' });
    res.json(searchPeople(q));
  });

  return router;
}
