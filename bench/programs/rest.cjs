'use strict';
// Loads 1000 modules, comes to rest, serves requests over a socket of its own, and compiles; prints what each took of the processor.
const http = require('node:http');
const { join } = require('node:path');

const work = (since) => {
  const { user, system } = process.cpuUsage(since);
  return user + system;
};
const figures = {};

const loading = process.cpuUsage();
for (let module = 0; module < 1000; module++) require(join(process.env.DAVYLAMP_MODULES, `m${module}.cjs`));
figures['1000 modules ms'] = work(loading) / 1000;

const rows = Array.from({ length: 50 }, (_, id) => ({ id, price: id * 3, tags: ['a', 'b'] }));
const server = http.createServer(async (request, response) => {
  const { pathname } = new URL(request.url, 'http://shop');
  const wanted = await Promise.resolve(Number(pathname.slice(8)));
  const found = rows.filter(({ price }) => price > wanted).map((row) => ({ ...row, total: row.price * 1.2 }));
  response.end(JSON.stringify({ count: found.length, sum: found.reduce((sum, { total }) => sum + total, 0) }));
});

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const path = join(process.env.DAVYLAMP_MODULES, `${process.pid}.sock`);
const ask = (id) =>
  new Promise((resolve, reject) => {
    const request = http.request({ socketPath: path, agent, path: `/orders/${id}` }, (response) => {
      response.resume().on('end', resolve);
    });
    request.on('error', reject).end();
  });

server.listen(path, async () => {
  for (let request = 0; request < 500; request++) await ask(request % 40);
  const resting = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, 4000));
  figures['4 s at rest ms'] = work(resting) / 1000;
  for (let request = 0; request < 4000; request++) await ask(request % 40);
  const fastest = [];
  for (let part = 0; part < 10; part++) {
    const serving = process.cpuUsage();
    for (let request = 0; request < 500; request++) await ask(request % 40);
    fastest.push(work(serving) / 500);
  }
  figures['request µs'] = fastest.sort((a, b) => a - b)[2];
  figures['RSS MB'] = process.memoryUsage().rss / 1e6;
  const compiling = process.cpuUsage();
  for (let index = 0; index < 2000; index++) new Function('a', 'b', `return a + b + ${index}`);
  figures['new Function µs'] = work(compiling) / 2000;
  console.log(JSON.stringify(figures));
  process.exit();
});
