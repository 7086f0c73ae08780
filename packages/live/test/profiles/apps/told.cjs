// told.cjs: an application that takes orders by the options of its meter, and ends by itself when it is told to.
const http = require('node:http');
const { createMeter } = require('routemeter');
const { httpMeter } = require('routemeter/http');

const { PROFILE_URL: profileUrl, PROFILE_TOKEN: profileToken } = process.env;
const options = { url: 'null:', profileUrl, profileToken };
const meter = createMeter(options);
/** Names the same server. */
const other = createMeter(options);

function computeTold(ms) {
  const end = performance.now() + ms;
  let x = 1;
  while (performance.now() < end) for (let i = 0; i < 50; i++) x = (x * 1103515245 + 12345) & 0x7fffffff;
  return x;
}

const server = http.createServer(async (req, res) => {
  if (req.url === '/told') computeTold(3);
  if (req.url === '/close') await meter.close();
  if (req.url === '/close-other') await other.close();
  if (req.url === '/end') server.close();
  res.setHeader('connection', 'close');
  res.end();
});
httpMeter(server, { meter, route: (req) => req.url });
server.listen(0, '127.0.0.1', () => console.log(`listens on ${server.address().port}`));
