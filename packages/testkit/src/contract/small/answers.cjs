'use strict';

// What the applications of this folder answer with, by Node's own methods.

const end = (res, status, text) => {
  res.statusCode = status;
  res.end(text);
};

module.exports = {
  ok: (req, res) => end(res, 200, `${req.method} answered`),
  created: (_req, res) => end(res, 201, 'created'),
  empty: (_req, res) => end(res, 204),
  missing: (_req, res) => end(res, 404, 'missing'),
  asset: (_req, res) => end(res, 200, 'asset'),
  redirect: (_req, res) => {
    res.setHeader('location', '/users/1');
    end(res, 302);
  },
  stream: (_req, res, next) => {
    res.statusCode = 200;
    res.write('one ');
    setImmediate(() => {
      res.end('two');
      if (typeof next === 'function' && res.serverName !== undefined) next();
    });
  },
  stack: (_req, res) => end(res, 500, new Error('here').stack),
  never: () => {},
  partial: (_req, res) => {
    res.statusCode = 200;
    res.write('some');
  },
};
