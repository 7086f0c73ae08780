// An upstream that answers at once, in a process of its own: prints its port.
import http from 'node:http';

const server = http.createServer((_request, response) => response.end('ok'));
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
