import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { dynamicLog, snapshot } from '../runtime/node/harness/probe.ts';
import {
  expectCapture,
  expectCapturedIn,
  expectHits,
  limits,
  lineWith,
  messagesOf,
  placesIn,
  type Running,
  runAlone,
  runProbed,
  TEST_MILLISECONDS,
  type Tried,
  WAYS,
} from './tried-run.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const ORDER = { customer: 'Ada', items: [{ price: 60, quantity: 2 }] };

/** A small application of decorators all over, on the Nest framework, which is made of them too. */
const nest: Tried = {
  file: here('nest/dist/main.js'),
  args: (port) => [`${port}`],
  normalize: (line) => line.replaceAll(/\d+/g, '0'),
  smoke: async ({ url }: Running) => {
    const answers: unknown[] = [];
    const ask = async (path: string, method = 'GET', body?: object) => {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: { 'content-type': 'application/json' },
        body: body && JSON.stringify(body),
      });
      answers.push(response.status, await response.text());
    };
    await ask('/orders', 'POST', ORDER);
    await ask('/orders', 'POST', { customer: 'Bob', items: [] });
    await ask('/orders/1');
    await ask('/orders/9');
    await ask('/orders/nine');
    await ask('/nothing');
    await ask('/orders', 'DELETE');
    return answers;
  },
};

const SERVICE = 'src/orders.service.ts';
const ROUTER = '@nestjs/core/router/router-execution-context.js';
const RESPONSES = '@nestjs/core/router/router-response-controller.js';

test.each(WAYS)(
  'a Nest application answers as ever, with probes in its sources and in the framework: %s',
  async (way) => {
    const service = (text: string) => ({ file: SERVICE, line: lineWith(here(`nest/${SERVICE}`), text) });
    const router = placesIn(ROUTER);
    const placed = dynamicLog(service('this.#orders.set('), '{order.customer} pays {total}', { limits });
    const found = snapshot(service('const order = this.#orders.get'), { watch: ['id'], limits });
    const returned = dynamicLog({ function: 'OrdersController.place', at: 'Exit' }, 'gave {$return.id}', { limits });
    const called = dynamicLog(
      router('const result = callback.apply(instance, args);'),
      '{callback.name} of {args.length}',
      {
        limits,
      },
    );
    const routing = snapshot(router('const args = this.contextUtils.createNullArray(argsLength);'), { limits });
    const answered = dynamicLog(
      { file: RESPONSES, function: 'RouterResponseController.setStatus', at: 'Entry' },
      'status {statusCode}',
      {
        limits,
      },
    );

    const alone = await runAlone(nest);
    const probed = await runProbed(nest, [placed, found, returned, called, routing, answered], way, (told) => {
      expectHits(told, 6);
      expect(messagesOf(told, placed)).toEqual(expect.arrayContaining(['Ada pays 120', 'Bob pays 0']));
      expect(messagesOf(told, returned)).toContain('gave 1');
      expect(messagesOf(told, called)).toEqual(expect.arrayContaining(['place of 1', 'clear of 0']));
      expect(messagesOf(told, answered)).toEqual(expect.arrayContaining(['status 201', 'status 204']));
      expectCapture(told, found, (capture) => {
        expect(capture).toMatchObject({
          frames: expect.arrayContaining([
            expect.objectContaining({ function: 'OrdersService.find', location: expect.stringContaining(SERVICE) }),
          ]),
          watches: [{ name: 'id', value: { text: '1' } }],
        });
      });
      expectCapturedIn(told, routing, { location: expect.stringContaining('router-execution-context') });
    });
    expect(probed.answers).toEqual(alone.answers);
    expect(probed.output).toEqual(alone.output);
  },
  TEST_MILLISECONDS,
);
