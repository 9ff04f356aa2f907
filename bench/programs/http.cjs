// A plain HTTP server that parses, checks and adds up an order; prints its port.
'use strict';
const { createServer } = require('node:http');
function total(order) {
  let sum = 0;
  for (const item of order.items) sum += item.price * item.quantity;
  const result = { id: order.id, sum };
  return result;
}
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
