// A plain HTTP server that parses, checks and adds up an order; prints its port. With the argument `pino` it logs each order itself.
'use strict';
function total(order) {
  let sum = 0;
  for (const item of order.items) sum += item.price * item.quantity;
  const result = { id: order.id, sum };
  if (logger !== undefined) logger.info(`order ${order.id} costs ${sum}`);
  return result;
}
const { createServer } = require('node:http');
const logger = process.argv[2] === 'pino' ? require('pino')(require('pino').destination('/dev/null')) : undefined;
createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => response.end(JSON.stringify(total(JSON.parse(body)))));
}).listen(0, function () {
  console.log(this.address().port);
});
process.stdin.resume();
