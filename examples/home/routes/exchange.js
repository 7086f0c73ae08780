import { Router } from 'express';
import { createRates } from '../services/rates.js';

/** A partner that takes its time: nearly all of these requests is waiting. */
export function exchangeRoutes(upstreamUrl) {
  const router = Router();
  const rates = createRates(upstreamUrl);

  router.get('/', async (_req, res) => res.json(await rates.all()));
  router.get('/:currency', async (req, res) => res.json(await rates.rate(req.params.currency)));

  return router;
}
