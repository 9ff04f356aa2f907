const http = require('node:http');
const { createInterface } = require('node:readline');

function serve(request, response, url, sent) {
  response.setHeader('X-Shop', 'linz');
  const done = true;
  return done;
}

const server = http.createServer((request, response) => {
  const url = new URL(request.url, 'http://shop.example');
  const sent = new Request('http://shop.example/items', { method: 'PUT', headers: { 'x-kind': 'lamp' } });
  serve(request, response, url, sent);
  response.end('ok');
});

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  createInterface({ input: process.stdin })
    .on('line', () => {
      const headers = { 'X-Order': 'o-1', Authorization: 'Bearer abc', Accept: ['a/b', 'c/d'] };
      const options = { port, host: '127.0.0.1', path: '/orders/7?q=a%20b&token=hunter2', headers };
      http.get(options, (response) => response.resume().on('end', () => console.log('took')));
    })
    .on('close', () => process.exit());
  console.log('ready');
});
