import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Customer, type Item, Order, OrderService } from './orders';
import { exampleOrder } from './traffic';

interface Body {
  id: number;
  customer: Customer;
  items: Item[];
}

const service = new OrderService(process.env.REGION ?? 'eu-west');

/** Enough of a check for an example; everything else of the body is taken as it comes. */
function isBody(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && 'id' in value && 'items' in value && Array.isArray(value.items);
}

async function readOrder(incoming: IncomingMessage): Promise<Order | undefined> {
  let text = '';
  for await (const chunk of incoming) text += chunk;
  try {
    const body: unknown = JSON.parse(text);
    return isBody(body) ? new Order(body.id, body.customer, body.items) : undefined;
  } catch {
    return undefined;
  }
}

const server = createServer(async (incoming, response) => {
  if (incoming.url === '/healthz') return response.end('ok\n');
  if (incoming.method !== 'POST' || incoming.url !== '/orders') return response.writeHead(404).end('not found\n');
  const order = await readOrder(incoming);
  if (order === undefined) return response.writeHead(400).end('not an order\n');
  const receipt = service.place(order);
  response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(receipt));
});

/** TRAFFIC=1: the service is its own customer, with TRAFFIC_PER_SECOND orders (5 unless given) over real HTTP. */
function startTraffic(port: number): void {
  let id = 0;
  const perSecond = Number(process.env.TRAFFIC_PER_SECOND ?? 5);
  setInterval(() => {
    id += 1;
    const post = request({ port, method: 'POST', path: '/orders' }, (response) => response.resume());
    post.on('error', (error) => console.error(`order ${id}: ${error.message}`));
    post.end(JSON.stringify(exampleOrder(id)));
  }, 1000 / perSecond);
}

server.listen(Number(process.env.PORT ?? 8080), () => {
  const { port } = server.address() as AddressInfo;
  console.log(`orders: listening on port ${port}`);
  if (process.env.TRAFFIC === '1') startTraffic(port);
});

process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeAllConnections();
});
