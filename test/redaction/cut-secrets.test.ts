import { describe, expect, test } from 'vitest';
import { compileExpression } from '../../src/language/javascript/compile-expression.ts';
import { nameOfExpression } from '../../src/language/javascript/expression-name.ts';
import { RedactedNames, withNames } from '../../src/redaction/identifiers.ts';
import { Redactor } from '../../src/redaction/redactor.ts';
import type { Expression } from '../../src/runtime/node/application/placement/hook-hit.ts';
import { evaluateOne, guardFor } from '../../src/runtime/node/application/probe/evaluate-expression.ts';
import { formMessage } from '../../src/runtime/node/worker/results/form-message.ts';

const scope = {
  url: 'postgres://shop:hunter2@db:5432/orders',
  card: '4111111111111111',
  note: 'see token=Zq81xKpw for more',
  mail: 'ann.smith@example.org',
  order: { id: 'ord-20240719-4711', title: 'Blue chairs, four of them', tags: ['a-b', 'c-d'] },
  body: Buffer.from('amqp://mq:hunter2@mq.internal/x'),
  one: 1,
};

/** What a log says of an expression. */
function said(source: string): string {
  const names = Object.keys(scope);
  const { source: code } = compileExpression(source);
  const expression: Expression = (guard) =>
    new Function('$', ...names, `return ${code}`)(guard, ...Object.values(scope));
  const guard = guardFor({}, {}, { unbounded: (run) => run() });
  const limits = { depth: 4, fields: 20, items: 40, stringLength: 255, bytes: 65_536 };
  const evaluated = withNames(new RedactedNames(), () => evaluateOne(expression, guard, limits));
  return formMessage([{ expression: source, offset: 0 }], [evaluated], new Redactor(nameOfExpression)).join('');
}

describe('what an expression cuts out of a secret stays hidden', () => {
  test.each([
    ['url.slice(11)', '<redacted>@db:5432/orders'],
    ['url.slice(16, 20)', '<redacted>'],
    ['url.slice(16, 18)', '<redacted>'],
    ['url.substring(16)', '<redacted>@db:5432/orders'],
    ['url.substr(16, 7)', '<redacted>'],
    ['url.split(":")', '["postgres","//<redacted>","<redacted>@db","5432/orders"]'],
    ['url.split(":")[2]', '<redacted>@db'],
    ['url.split("@")[0].split(":").at(-1)', '<redacted>'],
    ['url.split("")', '<redacted>'],
    ['[...url]', '<redacted>'],
    ['[...url].reverse().join("")', '<redacted>'],
    ['url[16]', '<redacted>'],
    ['url.at(17)', '<redacted>'],
    ['url.charCodeAt(17)', '<redacted>'],
    ['Object.values(url)', '<redacted>'],
    ['Array.from(url, (c) => c.codePointAt(0))', '<redacted>'],
    ['url.slice(16).toUpperCase()', '<redacted>@DB:5432/ORDERS'],
    ['url.replace("://", " ")', 'postgres <redacted>@db:5432/orders'],
    ['url.replace(/.*:/, "")', '5432/orders'],
    ['url.match(/:([^:]*)@/)[1]', '<redacted>'],
    ['/:([^:]*)@/.exec(url)[1]', '<redacted>'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is an expression of a probe
    ['`it is ${url.slice(16, 23)}, is it`', 'it is <redacted>, is it'],
    ['({ a: url.slice(16, 23), b: 1 })', '{"a":"<redacted>","b":1}'],
    ['url.slice(11).length', '27'],
    ['null[url.slice(16, 23)]', "<TypeError: Cannot read properties of null (reading '<redacted>')>"],
    ['card.slice(0, 12)', '<redacted>'],
    ['Number(card.slice(4, 12))', '<redacted>'],
    ['note.slice(10)', '<redacted> for more'],
    ['mail.split("@")', '["<redacted>","<redacted>"]'],
    ['body.toString("utf8", 10, 17)', '<redacted>'],
  ])('%s', (source, want) => {
    expect(said(source)).toBe(want);
  });

  test.each([
    ['url.slice(0, 8)', 'postgres'],
    ['url.split("/").at(-1)', 'orders'],
    ['url.startsWith("postgres")', 'true'],
    ['url.length', '38'],
    ['order.id.slice(0, 3)', 'ord'],
    ['order.id.split("-")', '["ord","20240719","4711"]'],
    ['[...order.title].length', '25'],
    ['order.title.toUpperCase()', 'BLUE CHAIRS, FOUR OF THEM'],
    ['order.tags.map((tag) => tag[0])', '["a","c"]'],
    ['url.slice(0, 8) + " of " + order.title', 'postgres of Blue chairs, four of them'],
  ])('%s shows what is no secret', (source, want) => {
    expect(said(source)).toBe(want);
  });

  test('more texts than can be searched are refused', () => {
    expect(said('Array.from("x".repeat(400), (x, i) => ("order number " + i).slice(2)).length')).toBe(
      '<EvaluationTimeout: the expression cuts more texts than can be searched for secrets>',
    );
  });
});
