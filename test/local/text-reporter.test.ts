import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPaint, wantsColour } from '../../src/local/terminal/paint.ts';
import { SourceLines } from '../../src/local/terminal/source-lines.ts';
import { TextReporter } from '../../src/local/terminal/text-reporter.ts';
import { valueLines } from '../../src/local/terminal/value-lines.ts';
import type { LogLine } from '../../src/protocol/log-line.ts';
import type { CapturedValue } from '../../src/protocol/value.ts';

const orders = join(import.meta.dirname, '..', '..', 'examples', 'orders');
const paint = createPaint(false);

const reporter = (columns = 100): { text: () => string; reporter: TextReporter } => {
  let written = '';
  const made = new TextReporter({
    write: (more) => {
      written += more;
    },
    paint,
    sources: new SourceLines([orders]),
    columns: () => columns,
  });
  return { text: () => written, reporter: made };
};

const line = (changes: Partial<LogLine> = {}): LogLine => ({
  // In the reader's own time zone, so that the clock reads the same everywhere.
  time: new Date(2026, 10, 21, 9, 5, 7, 42).toISOString(),
  level: 'Info',
  kind: 'DynamicLog',
  namespace: 'default',
  name: 'large-orders',
  uid: 'uid-1',
  pid: 4711,
  sequence: 1,
  location: 'examples/orders/src/orders.ts:50:11',
  message: 'order 7 costs 120',
  ...changes,
});

const string = (text: string): CapturedValue => ({ type: 'string', text });
const number = (value: number): CapturedValue => ({ type: 'number', text: String(value) });
const customer: CapturedValue = {
  type: 'object',
  className: 'Customer',
  fields: [
    { name: 'name', value: string('Ada Lovelace') },
    { name: 'email', value: string('ada@example.com') },
    { name: 'password', value: { type: 'string', notCaptured: 'redacted' } },
  ],
};

describe('the terminal output', () => {
  it('shows a log line under the code that it comes from, and the code only once', () => {
    const { reporter: terminal, text } = reporter();
    terminal.log(line({ location: 'src/orders.ts:50:11' }));
    terminal.log(line({ location: 'src/orders.ts:50:11', level: 'Warn', message: 'again' }));

    expect(text()).toBe(
      `  50 │ const receipt: Receipt = { order: order.id, amount, discount };  ← large-orders
09:05:07.042  INFO   src/orders.ts:50  large-orders  order 7 costs 120
09:05:07.042  WARN   src/orders.ts:50  large-orders  again
`,
    );
  });

  it('breaks long messages between words, under the beginning of the message', () => {
    const { reporter: terminal, text } = reporter(70);
    terminal.log(line({ location: 'lib/gone.ts:1:1', message: 'a message that is somewhat longer than the line' }));

    expect(text()).toBe(
      `09:05:07.042  INFO   lib/gone.ts:1  large-orders  a message that is
                                                  somewhat longer than the
                                                  line
`,
    );
  });

  it('tells lines of different probes, files, processes and threads apart', () => {
    const { reporter: terminal, text } = reporter(120);
    terminal.log(line({ name: 'two-b', location: 'packages/billing/src/index.js:4:3', message: 'amount 1' }));
    terminal.log(line({ name: 'two-s', location: 'packages/shipping/src/index.js:4:3', message: 'amount 2' }));
    terminal.log(
      line({ name: 'two-b', location: 'packages/billing/src/index.js:4:3', message: 'amount 3', pid: 4712 }),
    );
    terminal.log(
      line({ name: 'two-s', location: 'packages/shipping/src/index.js:4:3', message: 'amount 4', threadID: 2 }),
    );
    terminal.log(line({ name: 'other', location: 'index.js:4:3', message: 'amount 5' }));

    expect(text()).toBe(
      `09:05:07.042  INFO   src/index.js:4  two-b  amount 1
09:05:07.042  INFO   shipping/src/index.js:4  two-s  amount 2
09:05:07.042  INFO   pid 4712  billing/src/index.js:4   two-b  amount 3
09:05:07.042  INFO   pid 4711 thread 2  shipping/src/index.js:4  two-s  amount 4
09:05:07.042  INFO   pid 4711  index.js:4               other  amount 5
`,
    );
  });

  it('shows a snapshot as a stack with code and variables', () => {
    const { reporter: terminal, text } = reporter(80);
    terminal.snapshot(
      line({
        kind: 'Snapshot',
        name: 'discounted-order',
        location: 'src/orders.ts:54:5',
        capture: {
          pauseMicroseconds: 620,
          watches: [{ name: 'order.total()', value: number(360) }],
          frames: [
            {
              function: 'OrderService.place',
              location: 'src/orders.ts:54:5',
              locals: [
                { name: 'discount', value: number(0.1) },
                {
                  name: 'order',
                  value: {
                    type: 'object',
                    className: 'Order',
                    fields: [
                      { name: 'customer', value: customer },
                      { name: 'id', value: number(7) },
                    ],
                  },
                },
              ],
            },
            { function: '', location: 'node:events:514:28' },
            { function: 'main', location: 'lib/gone.ts:9:1', locals: [{ name: 'customer', value: customer }] },
          ],
        },
      }),
    );

    expect(text()).toBe(`
09:05:07.042  SNAPSHOT  discounted-order  src/orders.ts:54  pid 4711 · the thread stood 0.62 ms
├─ watches
│    order.total()  360
│
├─ OrderService.place  src/orders.ts:54:5
│      52    this.placed += 1;
│      53    if (this.#receipts.size > 1000) this.#receipts.clear();
│    ▶ 54    return receipt;
│      55  }
│
│    discount  0.1
│    order     Order
│                customer  Customer
│                            name      'Ada Lovelace'
│                            email     'ada@example.com'
│                            password  <redacted>
│                id        7
│
├─ 1 frame inside Node.js
╰─ main  lib/gone.ts:9:1
     customer  Customer {name: 'Ada Lovelace', email: 'ada@example.com', passwo…

`);
  });

  it('lets no value of the application move the cursor or change colours', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const { reporter: terminal, text: written } = reporter();
        terminal.log(line({ message: `\u001b[2J${text}\u009b31m` }));
        // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there.
        expect(written()).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
        for (const shown of valueLines(string(text), 40, paint)) {
          // biome-ignore lint/suspicious/noControlCharactersInRegex: the same.
          expect(shown).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
        }
      }),
    );
  });

  it.each([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { TERM: 'dumb' }, false],
    [false, { FORCE_COLOR: '1' }, true],
  ])('has colour on a terminal (%s) with %j: %s', (isTerminal, environment, want) => {
    expect(wantsColour(isTerminal, environment)).toBe(want);
  });
});
