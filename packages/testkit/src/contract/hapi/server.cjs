'use strict';

// The contract application as a program, in CommonJS. Prints its port.

const { loadHapi, makeApp } = require('./app.cjs');

const { Hapi, boom } = loadHapi();
makeApp(Hapi, boom).then(async (server) => {
  await server.start();
  console.log(`port ${server.info.port}`);
});
process.on('SIGTERM', () => process.exit(0));
