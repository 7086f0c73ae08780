// Somebody else's service: it holds ads, posts and exchange rates, and answers when it likes.
import { createServer } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { endWithParent } from '../child.js';

const PAGES = {
  // One answer in twelve takes long.
  '/ads': async (turn) => {
    await wait(turn % 12 === 0 ? 140 : 15 + (turn % 20));
    return [{ banner: `sale-${turn % 9}` }];
  },
  '/posts': async (turn) => {
    await wait(20 + (turn % 15));
    return Array.from({ length: 12 }, (_, at) => ({ id: turn + at, text: `*post* ${at} of _turn_ ${turn}` }));
  },
  '/rates': async (turn) => {
    await wait(120 + (turn % 80));
    return { rate: 1 + (turn % 10) / 100 };
  },
};

let turn = 0;

const server = createServer(async (req, res) => {
  const page = PAGES[req.url.split('?', 1)[0]];
  if (!page) return res.writeHead(404).end('{}');
  const body = JSON.stringify(await page(++turn));
  res.writeHead(200, { 'content-type': 'application/json' }).end(body);
});

server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
endWithParent();
