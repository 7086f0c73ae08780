import { Router } from 'express';
import { findOrg, findUser, membersOf, payInvoice } from '../services/people.js';

/** Mounted at `/orgs/:org`: the routers below see its parameter. */
export function orgRoutes() {
  const router = Router({ mergeParams: true });

  router.get('/', (req, res) => res.json(findOrg(req.params.org)));

  // One JSON line for each member, written as they are read.
  router.get('/export', (req, res) => {
    const members = membersOf(findOrg(req.params.org));
    res.type('application/x-ndjson');
    const write = () => {
      for (const member of members.splice(0, 20)) res.write(`${JSON.stringify(member)}\n`);
      if (members.length === 0) res.end();
      else setImmediate(write);
    };
    write();
  });

  router.use('/users', memberRoutes());
  return router;
}

function memberRoutes() {
  const router = Router({ mergeParams: true });

  router
    .route('/:id')
    .get((req, res) => res.json({ org: findOrg(req.params.org).id, ...findUser(req.params.id) }))
    .delete((req, res) => {
      findOrg(req.params.org);
      findUser(req.params.id);
      res.sendStatus(204);
    });

  // Fails for one customer in nine: the error handler answers with 500.
  router.post('/:id/invoices', (req, res) => {
    const invoice = payInvoice(findOrg(req.params.org), findUser(req.params.id));
    res.status(201).json(invoice);
  });

  return router;
}
