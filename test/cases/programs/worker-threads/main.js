const { Worker, MessageChannel } = require('worker_threads');
const mode = process.argv[2];
const shared = new Int32Array(new SharedArrayBuffer(4));
const { port1, port2 } = new MessageChannel();
const w = new Worker('./job.js', { workerData: { shared, port: port2, mode }, transferList: [port2] });
let n = 0;
setInterval(() => { n++; port1.postMessage({ id: n }); Atomics.add(shared, 0, 1); Atomics.notify(shared, 0); }, 400);
setTimeout(() => process.exit(), 60000);
