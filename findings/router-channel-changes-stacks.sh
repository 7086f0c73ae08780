#!/usr/bin/env bash
# A subscriber of the tracing channel of `router` changes what clients of an application are answered.
#
# express 5.3.0 with router 2.3.0 publishes `tracing:express.router.request`. A diagnostics channel only tells of what
# happens, so one expects a subscriber that does nothing to change nothing. But with one, router calls each layer through
# `Channel.runStores` and functions of its own: these frames stand in the stack of every error that a handler throws, and
# as V8 keeps ten, frames of the application fall off. In development Express's page holds that stack: the answer is
# another one, in text and in length.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund express@5.3.0 router@2.3.0 >/dev/null
cat > app.cjs <<'JS'
const { subscribe } = require('node:diagnostics_channel');
const express = require('express');
const app = express();
// Not on the console.
app.set('env', 'test');
app.get('/boom', () => {
  throw new Error('boom');
});
const server = app.listen(0, '127.0.0.1', async () => {
  const ask = async () => (await fetch(`http://127.0.0.1:${server.address().port}/boom`)).text();
  const before = await ask();
  subscribe('tracing:express.router.request:start', () => {});
  const after = await ask();
  server.close();
  const frames = (page) => page.match(/at [^<]*/g).map((line) => line.replace(/\(.*[\\/]/, '('));
  console.log(`node ${process.version}, express ${require('express/package.json').version}, router ${require('router/package.json').version}`);
  console.log(`without a subscriber, ${before.length} bytes:\n  ${frames(before).join('\n  ')}`);
  console.log(`with one that does nothing, ${after.length} bytes:\n  ${frames(after).join('\n  ')}`);
  const isChanged = !/runStores/.test(before) && /runStores/.test(after) && /invokeWithTrace/.test(after);
  process.exit(isChanged ? 0 : 1);
});
JS
node app.cjs
