import { parentPort } from 'node:worker_threads';

parentPort.on('message', (value) => {
  const squared = value * value;
  parentPort.postMessage(squared + value); // @log {squared} of {value}
});
