import { describe, expect, test } from 'vitest';
import { findSecrets } from '../../src/redaction/find-secrets.ts';

/** The text with its secrets as dots. */
function hide(text: string, isCut = false): string {
  const { spans } = findSecrets(text, isCut);
  return spans.reduceRight((left, { start, end }) => `${left.slice(0, start)}…${left.slice(end)}`, text);
}

/** Put together here, so that nobody who searches this repository for leaked tokens finds one. */
const token = (...parts: string[]) => parts.join('');
const NOISE = 'aB3dE5gH7jK9mN1pQ3sT5vW7xY9zA1cD3fG5';

describe('secrets that are known by their shape', () => {
  test.each([
    ['a card number', 'paid with 4111111111111111 today', 'paid with … today'],
    ['a card number in groups', 'card 5500 0000 0000 0004.', 'card ….'],
    ['a card number with dashes', '3782-822463-10005', '…'],
    ['a card number after another number', 'order 12 4111 1111 1111 1111 ok', 'order 12 … ok'],
    ['a card number right behind a word', 'visa4111111111111111', 'visa…'],
    ['a JSON web token', `jwt is ${token('eyJ', 'hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.', NOISE)}!`, 'jwt is …!'],
    ['a bearer token', 'sent Bearer mF_9.B5f-4.1JqM', 'sent Bearer …'],
    ['basic credentials', `got Basic ${Buffer.from('shop:hunter2').toString('base64')}`, 'got Basic …'],
    ['an AWS access key id', `id ${token('AKIA', 'IOSFODNN7EXAMPLE')}`, 'id …'],
    ['an AWS secret key', `is ${token('wJalrXUtnFEMI/K7MDENG/', 'bPxRfiCYEXAMPLEKEY')}`, 'is …'],
    ['an AWS secret key without a digit', `is ${token('XABFOFUwftZzEgsnCAeH', 'SwGRongmU+nqLCNEgjRX')}.`, 'is ….'],
    ['a GitHub token', `with ${token('ghp', '_', NOISE)}`, 'with …'],
    ['a GitLab token', `with ${token('glpat', '-', NOISE)}`, 'with …'],
    ['a Slack token', `with ${token('xoxb', '-123456789012-', NOISE)}`, 'with …'],
    ['a Stripe key', `with ${token('sk', '_live_', NOISE)}`, 'with …'],
    ['a key without a digit right behind a letter', `x${token('sk', '_live_zuMNPLDRFdrFhpAZpNnbwtkM')}`, 'x…'],
    ['an AWS access key id without a digit right behind a letter', `x${token('AKIA', 'IOSFODNNXEXAMPLE')}`, 'x…'],
    ['a Google key', `with ${token('AIza', NOISE)}`, 'with …'],
    ['an OpenAI key', `with ${token('sk', '-', NOISE)}`, 'with …'],
    ['an Anthropic key', `with ${token('sk', '-ant-api03-', NOISE)}`, 'with …'],
    ['an npm token', `with ${token('npm', '_', NOISE)}`, 'with …'],
    ['a PyPI token', `with ${token('pypi', '-AgEIcHlwaS5vcmc', NOISE)}`, 'with …'],
    [
      'a private key',
      `k ${token('-----BEGIN RSA PRIVATE', ' KEY-----')}\nMIIE\n-----END RSA PRIVATE KEY----- z`,
      'k … z',
    ],
    ['a private key without its end', `k ${token('-----BEGIN PRIVATE', ' KEY-----')}\\nMIIEvQ`, 'k …'],
    ['a password in a URL', 'at postgres://shop:hunter2@db:5432/orders', 'at postgres://…@db:5432/orders'],
    ['a password in a URL that is not encoded', 'at amqp://shop:hun/ter#2@mq', 'at amqp://…@mq'],
    ['a token in a URL', `clone https://${NOISE}@example.org/a.git`, 'clone https://…/a.git'],
    ['an e-mail address', 'mail to ann.smith+x@mail.example.org, please', 'mail to …, please'],
    ['an e-mail address in a query', '?to=ann%40example.org&x=1', '?to=…&x=1'],
    ['an IBAN', 'to DE89 3704 0044 0532 0130 00 now', 'to … now'],
    ['an IBAN without spaces', 'GB82WEST12345698765432', '…'],
    ['a social security number', 'ssn is 078-05-1120.', 'ssn is ….'],
    [
      'a bcrypt hash',
      `is ${token('$2b$', '10$', 'N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy')} now`,
      'is … now',
    ],
    ['an Argon2 hash', `is ${token('$argon2', 'id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$', NOISE)}.`, 'is …'],
    ['a scrypt hash', `is ${token('$scr', 'ypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$', NOISE)}`, 'is …'],
    ['a scrypt hash as frameworks write it', `is ${token('scr', 'ypt:32768:8:1$', NOISE)}`, 'is …'],
    ['a crypt hash', `root:${token('$6$', 'rounds=5000$salt$', NOISE)}:1`, 'root:…'],
    ['a key of PGP', `${token('-----BEGIN PGP PRIVATE', ' KEY BLOCK-----')}\nlQ`, '…'],
    [
      'a snippet of a text that is no JSON',
      `Unexpected token 'h', "hunter2" is not valid JSON`,
      `Unexpected token 'h', … is not valid JSON`,
    ],
  ])('%s is found', (_, text, want) => {
    expect(hide(text)).toBe(want);
  });

  test.each([
    ['assigned', 'password=hunter2 ok', 'password=… ok'],
    ['in a query', '/login?user=ann&password=hunter2&x=1', '/login?user=ann&password=…&x=1'],
    ['in JSON', '{"user":"ann","password":"hun\\"ter2","x":1}', '{"user":"ann","password":"…","x":1}'],
    ['in JSON inside of JSON', '{\\"password\\":\\"hunter2\\",\\"x\\":1}', '{\\"password\\":\\"…\\",\\"x\\":1}'],
    ['as a number', '{"pin": 1234, "x": 1}', '{"pin": …, "x": 1}'],
    ['as an object', '{"credentials":{"a":{"b":1}},"x":1}', '{"credentials":…,"x":1}'],
    ['as a YAML line', 'user: ann\napi_key: hunter2\n', 'user: ann\napi_key: …\n'],
    ['in a printed Map', "Map(1) { 'secret' => 'hunter2' }", "Map(1) { 'secret' => '…' }"],
    ['in a form', 'user[password]=hunter2&a=b', 'user[password]=…&a=b'],
    ['in a cookie', 'Cookie: a=b; sid=c\nHost: x', 'Cookie: …\nHost: x'],
    ['in an authorization header', 'authorization: Digest username="x"', 'authorization: …"x"'],
    ['in a connection string', 'Server=db;User=shop;Password=hunter2;Pool=1', 'Server=db;User=shop;Password=…;Pool=1'],
    ['in an encoded query', 'next=%2Flogin%3Fpassword%3Dhunter2%26x', 'next=%2Flogin%3Fpassword%3D…%26x'],
    ['of a path of names', 'db.password = "hunter2"', 'db.password = "…"'],
    ['with a comma in it', 'password=hun,ter2', 'password=…'],
    ['in prose, as digits', 'the signing key is d3b07384d113edec49eaa6238ad5ff00 now', 'the signing key is … now'],
    ['in a line, as digits', 'hmac d3b07384d113edec49eaa6238ad5ff00', 'hmac …'],
    ['behind a part of a name', 'smtpPass: hunter2, db_pass=hunter2', 'smtpPass: …, db_pass=…'],
  ])('a value behind a redacted name is found %s', (_, text, want) => {
    expect(hide(text)).toBe(want);
  });

  test.each([
    ['a UUID', '3f8e5f5e-4111-4111-8111-1111111111aa'],
    ['a commit', 'd3b07384d113edec49eaa6238ad5ff00c0ffee42'],
    ['a SHA-256', '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'],
    ['a hash in base64', 'sha256-n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg='],
    ['an order number', 'order 2024-000123456 of 4711'],
    ['a number that is no card', '4111111111111112'],
    ['a timestamp in milliseconds', '1719835200000'],
    ['a timestamp in nanoseconds', '1719835200000000000'],
    ['a time', '2024-07-01T12:00:00.000Z'],
    ['a fraction', '0.4111111111111111'],
    ['a price', '4,111.11 EUR'],
    ['an IP address and port', '10.244.1.17:8080'],
    ['a telephone number', '+49 30 1234567'],
    ['a package and version', 'express@4.19.2 and @types/node@24.1.0-beta.rc'],
    ['a picture for dense screens', 'logo@2x.png'],
    ['a repository', 'git@github.com:shop/orders.git'],
    ['a URL', 'https://example.org:8443/orders?limit=10#top'],
    ['a long path', '/srv/app/src/controllers/OrderServiceV2/placeOrder1.ts:12:34'],
    ['a long path without digits', '/Users/Ann/Code/Shop/Orders/PlaceOrder/It'],
    ['a name that ends like a token begins', 'risk_live_probability and risk_live_customerOrderTotal'],
    ['a word in capitals', 'MAKIAVELLIANISMUSSES'],
    ['a long name', 'getHTTPOrderByIdOrNameFromTheCacheOrLoadIt'],
    ['a long name of short words', 'toDoItByIdOrByNmOfTheUrInDBAsIsOrGoToIt'],
    ['a stack line', 'at OrderService.place (/srv/app/src/orders.ts:12:5)'],
    ['a trace', '4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7'],
    ['a certificate', '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----'],
    ['a word behind a scheme', 'Bearer tokens and Basic authentication'],
    ['a comparison', 'token === undefined'],
    ['a class name', 'task-runner-for-something-with-a-long-name'],
    ['a name without a value', 'the password is wrong'],
    ['what is hidden already', '{password: <redacted>, token: <redacted:#a1b2c3d4e5f6>}'],
    ['a price list', 'total: 42, items: 3'],
    ['an ISBN', '978-3-16-148410-0'],
    ['a part of a bank account', 'DE89 3704'],
    ['a commit behind a word', 'at commit d3b07384d113edec49eaa6238ad5ff00c0ffee42'],
    ['a cache key', 'cacheKey d3b07384d113edec49eaa6238ad5ff00'],
    ['parameters of a query', 'values ($1, $2, $3) and $2$ of $5$'],
    ['a score', 'compass=north bypass: on, passed: 12, passenger: ann, passRate=0.9'],
  ])('%s stays readable', (_, text) => {
    expect(hide(text)).toBe(text);
  });

  test.each([
    ['a token', `x ${token('ghp', '_', 'aB3')}`, 'x …'],
    ['a JSON web token', `x ${token('eyJ', 'hbGc')}`, 'x …'],
    ['a URL', 'x postgres://shop:hunt', 'x postgres://…'],
    ['a private key', `x ${token('-----BEGIN RSA PRI')}`, 'x …'],
    ['an e-mail address', 'x ann@example', 'x …'],
  ])('the beginning of %s is found where the text is cut', (_, text, want) => {
    expect(hide(text, true)).toBe(want);
  });
});

describe('the time it takes', () => {
  const seeds = [
    ...[
      'eyJ',
      'a@',
      'a@a.',
      '://',
      'a://a:',
      '://a:b/',
      'password=',
      'password=\\"',
      'password={',
      "password='<redacted",
    ],
    ...[
      'a=',
      '"a":',
      ':',
      '=',
      '-----BEGIN PRIVATE',
      '-----BEGIN ',
      '1',
      '1 ',
      '4111 ',
      '4111-',
      'DE89',
      'DE89 ',
      '1-',
    ],
    ...[
      'ghp_',
      'sk-',
      'xoxb-',
      'bearer ',
      'basic ',
      'bearer',
      'aA1/',
      '%3D',
      'password%3D',
      '\\',
      '"',
      '<redacted',
      ' ',
    ],
    ...[
      'a'.repeat(63),
      'a.'.repeat(100),
      '@'.repeat(9),
      'Aa0'.repeat(13),
      ' is not valid JSON',
      '11-11-',
      'a,',
      'pin=,',
      '$2a$',
      'scrypt:$',
      `hmac ${'a'.repeat(32)} `,
      `${'a'.repeat(32)} `,
    ],
  ];

  test.each(seeds)('grows as the text does: %j', (seed) => {
    const stepsOf = (length: number) => findSecrets(seed.repeat(Math.ceil(length / seed.length)), false).steps;
    const small = stepsOf(4000);
    const large = stepsOf(32_000);
    expect(large).toBeLessThan(small * 8 * 1.3 + 2000);
    expect(large).toBeLessThan(32_000 * 200);
  });
});
