// The worker thread of shop.cjs.
'use strict';
const { parentPort } = require('node:worker_threads');

function square(value) {
  const result = value * value;
  return result;
}
parentPort.on('message', (value) => parentPort.postMessage(square(value)));
