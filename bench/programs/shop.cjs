// A shop under its own traffic, for the soak: every answer is checked, and each second a line says how it went. The marks at the ends of
// lines are where the soak puts probes.
'use strict';
const { createServer, request, Agent } = require('node:http');
const { EventEmitter } = require('node:events');
const { join } = require('node:path');
const { Worker } = require('node:worker_threads');

class Item {
  #discount = 0.1;
  constructor(name, price, quantity) {
    this.name = name;
    this.price = price;
    this.quantity = quantity; // @constructor
  }
  get cost() {
    return this.price * this.quantity; // @getter
  }
  reduced() {
    const factor = 1 - this.#discount;
    return this.cost * factor; // @private
  }
}

class Order {
  static count = 0;
  constructor(id, items) {
    Order.count++;
    this.id = id;
    this.items = items;
    this.customer = { name: `customer ${id}`, password: 'hunter2', address: { city: 'Penzance' } };
    this.self = this;
  }
  total() {
    return this.items.reduce((sum, item) => sum + item.price * item.quantity, 0); // @total
  }
}

const stock = new Map();
function* lines(order) {
  for (const item of order.items) {
    const text = `${item.name}:${item.quantity}`;
    yield text; // @generator
  }
}

async function reserve(order) {
  for (const { name, quantity } of order.items) {
    await null;
    const left = (stock.get(name) ?? 0) + quantity; // @async
    stock.set(name, left % 1000);
  }
  return order.items.length;
}

function check(order) {
  if (order.id % 7 === 0) throw new RangeError(`order ${order.id} is refused`); // @throw
  return true;
}

function busy(rounds) {
  let sum = 0;
  for (let index = 0; index < rounds; index++) {
    sum = (sum * 31 + index) & 0xffff; // @loop
  }
  return sum;
}

const bus = new EventEmitter();
let events = 0;
bus.on('order', (order) => {
  events += order.items.length; // @listener
});

async function handle(body) {
  const { id, count } = JSON.parse(body);
  const items = Array.from({ length: count }, (_, index) => new Item(`item ${index}`, index, 2));
  const order = new Order(id, items);
  let refused = false;
  try {
    check(order);
  } catch (error) {
    refused = error instanceof RangeError; // @catch
  }
  const reserved = await reserve(order);
  bus.emit('order', order);
  const answer = { total: order.total(), reserved, refused, text: [...lines(order)].join(), busy: busy(500) };
  return answer; // @answer
}

const server = createServer((incoming, response) => {
  let body = '';
  incoming.on('data', (chunk) => {
    body += chunk;
  });
  incoming.on('end', async () => response.end(JSON.stringify(await handle(body))));
});

let good = 0;
const faults = [];
const fault = (text) => faults.length < 20 && faults.push(text);
process.on('uncaughtException', (error) => fault(`uncaught: ${error.stack}`));
process.on('unhandledRejection', (error) => fault(`unhandled: ${error}`));
process.on('warning', (warning) => fault(`warning: ${warning}`));

const busyWant = busy(500);
function expected(id, count) {
  const text = Array.from({ length: count }, (_, index) => `item ${index}:2`).join();
  return JSON.stringify({ total: count * (count - 1), reserved: count, refused: id % 7 === 0, text, busy: busyWant });
}

const agent = new Agent({ keepAlive: true, maxSockets: 4 });
let next = 0;
function ask(port) {
  const id = next++;
  const count = 1 + (id % 5);
  const want = expected(id, count);
  const sent = request({ port, method: 'POST', agent }, (response) => {
    let text = '';
    response.on('data', (chunk) => {
      text += chunk;
    });
    response.on('end', () => {
      if (text === want) good++;
      else fault(`wanted ${want}, got ${text}`);
      setTimeout(() => ask(port), 5);
    });
  });
  sent.on('error', (error) => {
    fault(String(error));
    setTimeout(() => ask(port), 5);
  });
  sent.end(JSON.stringify({ id, count }));
}

const worker = new Worker(join(__dirname, 'square.cjs'));
worker.on('error', (error) => fault(`worker: ${error}`));
let squared = 0;
worker.on('message', (value) => {
  if (value !== squared * squared) fault(`the worker answered ${value} to ${squared}`);
  squared = (squared + 1) % 1000;
  setTimeout(() => worker.postMessage(squared), 10);
});
worker.postMessage(squared);

let longest = 0;
let last = performance.now();
setInterval(() => {
  longest = Math.max(longest, performance.now() - last - 10);
  last = performance.now();
}, 10);

server.listen(0, () => {
  for (let connection = 0; connection < 4; connection++) ask(server.address().port);
  setInterval(() => {
    const { rss, heapUsed, heapTotal } = process.memoryUsage();
    console.log(JSON.stringify({ good, faults, rss, heapUsed, heapTotal, events, longest: Math.round(longest) }));
    longest = 0;
  }, 1000);
});
