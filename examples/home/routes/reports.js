import { Router } from 'express';
import { buildReport } from '../services/report.js';

export function reportRoutes() {
  const router = Router();

  // Holds the event loop while it computes: every other open request waits for it.
  router.post('/', (req, res) => res.json(buildReport(Number(req.body?.days ?? 30))));

  return router;
}
