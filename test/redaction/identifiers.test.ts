import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRedactedName } from '../../src/redaction/identifiers.ts';

describe('a name is redacted', () => {
  it.each([
    ...['password', 'Password', 'PASSWORD', 'pass_word', '_password', '$password', 'pass-word', '@password'],
    ...['token', 'accessToken', 'access_token', 'X-Auth-Token', 'authorization', 'Cookie', 'set-cookie', 'connect.sid'],
    ...['apiKey', 'API_KEY', 'x-api-key', 'privateKey', 'client_secret', 'ssn', 'cvv', 'creditCard', 'db_url', 'jwt'],
  ])('%s, however it is written', (name) => {
    expect(isRedactedName(name)).toBe(true);
  });

  it.each(['dbPassword', 'userToken', 'STRIPE_API_KEY', 'rsaPrivateKey', 'webhook.secret', 'oldPasswd'])(
    '%s, by its end',
    (name) => {
      expect(isRedactedName(name)).toBe(true);
    },
  );

  it.each([
    ...[
      'pass',
      'smtpPass',
      'SMTPPass',
      'db_pass',
      'DB_PASS',
      'smtp-pass',
      'passwordHash',
      'password_hint',
      'secretNote',
    ],
    ...[
      'signingKey',
      'SIGNING_KEY',
      'hmac',
      'x-hmac-sha256',
      'hmacKey',
      'mfaCode',
      'mfa_code',
      '2faCode',
      'otp',
      'otpCode',
    ],
    ...[
      'cardNumber',
      'card_no',
      'cvv2',
      'cardCvv',
      'phone',
      'phoneNumber',
      'home_phone',
      'dsn',
      'SENTRY_DSN',
      'webhookUrl',
    ],
    ...[
      'SLACK_WEBHOOK_URL',
      'redisUrl',
      'mongo_uri',
      'connectionString2',
      'userPin',
      'pinCode',
      'recoveryCodes',
      'tokenHash',
    ],
    ...['passOld', 'this.smtpPass', '#smtpPass', 'userSessionId', 'authHeader', 'secret_key_base', 'passwordResetUrl'],
  ])('%s, by a part of it', (name) => {
    expect(isRedactedName(name)).toBe(true);
  });

  it.each([
    ...[
      '',
      'name',
      'id',
      'email',
      'tokens',
      'author',
      'pinned',
      'key',
      'secretary',
      'sessions',
      'compass',
      'passenger',
    ],
    ...[
      'bypass',
      'passed',
      'passing',
      'phoneme',
      'monkey',
      'pins',
      'iPhone',
      'microphone',
      'passport',
      'passive',
      'spin',
    ],
    ...[
      'tokenize',
      'tokenType',
      'tokenBucket',
      'maxTokens',
      'passRate',
      'passThrough',
      'PassThrough',
      'firstPass',
      'lowPass',
    ],
    ...['passwordLength', 'passwordRequired', 'otpExpiresAt', 'saltRounds', 'cacheKey', 'primaryKey', 'idempotencyKey'],
    ...['statusCode', 'errorCode', 'zip_code', 'countryCode', 'cardType', 'discard', 'baseUrl', 'webhook', 'url'],
    ...[
      'withMac',
      'oldSn',
      'autoTp',
      'shipping',
      'mapping',
      'opinion',
      'encompass',
      'keyboard',
      'turkey',
      'description',
    ],
    ...['the phone rang', 'pass the salt', 'request.body'],
  ])('but not %j', (name) => {
    expect(isRedactedName(name)).toBe(false);
  });

  it('whatever case and separators are mixed in', () => {
    const separators = fc.array(fc.constantFrom('-', '_', '@', '$', '.', ''), { minLength: 9, maxLength: 9 });
    const cases = fc.array(fc.boolean(), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(separators, cases, (between, upper) => {
        const letters = [...'password'].map((letter, index) => (upper[index] ? letter.toUpperCase() : letter));
        expect(isRedactedName(letters.map((letter, index) => between[index] + letter).join('') + between[8])).toBe(
          true,
        );
      }),
    );
  });

  it('and the answer is the same each time, for any name', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (name) => {
        expect(isRedactedName(name)).toBe(isRedactedName(name));
        expect(isRedactedName(`${name}Password`)).toBe(true);
      }),
    );
  });

  it('still after more names than are remembered', () => {
    for (let index = 0; index < 5000; index++) expect(isRedactedName(`field${index}`)).toBe(false);
    expect(isRedactedName('password')).toBe(true);
  });
});
