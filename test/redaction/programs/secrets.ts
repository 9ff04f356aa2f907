import { ALPHANUMERIC, CAPITALS, DIGITS, LETTERS, type Random } from './random.ts';

/** Text in which `secret` must not be seen; the rest of it may. */
export interface Planted {
  readonly text: string;
  readonly secret: string;
}

const whole = (text: string): Planted => ({ text, secret: text });

function checkDigit(digits: string): number {
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits.at(-1 - index));
    sum += index % 2 === 0 ? (digit > 4 ? digit * 2 - 9 : digit * 2) : digit;
  }
  return (10 - (sum % 10)) % 10;
}

export function cardNumber(random: Random): string {
  const [begin, length] = random.one([
    ['4', 16],
    ['51', 16],
    ['55', 16],
    ['2221', 16],
    ['34', 15],
    ['37', 15],
    ['6011', 16],
    ['36', 14],
    ['3530', 16],
  ] as const);
  const digits = begin + random.text(length - begin.length - 1, DIGITS);
  return digits + checkDigit(digits);
}

function card(random: Random): Planted {
  const separator = random.one(['', ' ', '-']);
  return whole((cardNumber(random).match(/.{1,4}/g) ?? []).join(separator));
}

function iban(random: Random): Planted {
  const account = random.text(18, DIGITS);
  const rest = [...`${account}131400`].reduce((left, digit) => (left * 10 + Number(digit)) % 97, 0);
  const text = `DE${String(98 - rest).padStart(2, '0')}${account}`;
  return whole(random.chance(50) ? text : (text.match(/.{1,4}/g) ?? []).join(' '));
}

function socialSecurityNumber(random: Random): Planted {
  const [area, group, serial] = [random.below(600) + 1, random.below(98) + 1, random.below(9998) + 1];
  const padded = [String(area).padStart(3, '0'), String(group).padStart(2, '0'), String(serial).padStart(4, '0')];
  return whole(padded.join('-'));
}

function secretKey(random: Random): Planted {
  // What is no secret key by its shape is not one: a small part of random texts has too few changes, or neither digits nor capitals
  // side by side.
  for (;;) {
    const text = random.text(40, `${ALPHANUMERIC}/+`);
    const changes = [...text].filter((character, at) => at > 0 && kind(character) !== kind(text[at - 1] ?? '')).length;
    const pairs = text.match(/(?=[A-Z]{2})/g)?.length ?? 0;
    if (changes > 16 && (/\d/.test(text) || pairs > 4)) return whole(text);
  }
}

const kind = (character: string): number => [LETTERS, CAPITALS, DIGITS].findIndex((set) => set.includes(character));

const prefixed =
  (prefix: string, length: number, members = ALPHANUMERIC) =>
  (random: Random): Planted =>
    whole(prefix + random.text(length, members));

function webToken(random: Random): Planted {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const head = `${part({ alg: 'HS256' })}.${part({ sub: random.text(12, ALPHANUMERIC) })}`;
  const secret = random.text(43, ALPHANUMERIC);
  return { text: `${head}.${secret}`, secret };
}

function privateKey(random: Random): Planted {
  const secret = random.text(64, ALPHANUMERIC);
  const label = random.one(['PRIVATE', 'RSA PRIVATE', 'EC PRIVATE', 'OPENSSH PRIVATE']);
  return { text: `-----BEGIN ${label} KEY-----\n${secret}\n-----END ${label} KEY-----`, secret };
}

/** A random password in a text that says what it is. */
export function assigned(random: Random, name: string): Planted {
  const secret = random.text(24, ALPHANUMERIC);
  const form = random.one([
    `${name}=${secret}`,
    `${name}: ${secret}`,
    `${name}: '${secret}'`,
    `"${name}":"${secret}"`,
    `{"user":{"id":7,"${name}":"${secret}"}}`,
    `/login?a=b&${name}=${secret}&c=d`,
    `--${name}=${secret} --verbose`,
    `'${name}' => '${secret}'`,
    `{\\"${name}\\":\\"${secret}\\"}`,
    `next=%2F%3F${name}%3D${secret}%26c`,
  ]);
  return { text: form, secret };
}

const SHAPES: readonly ((random: Random) => Planted)[] = [
  card,
  card,
  iban,
  socialSecurityNumber,
  secretKey,
  webToken,
  privateKey,
  prefixed('AKIA', 16, CAPITALS + DIGITS),
  prefixed('ghp_', 36),
  prefixed('github_pat_', 60),
  prefixed('glpat-', 20),
  prefixed('xoxb-', 40),
  prefixed('sk_live_', 24),
  prefixed('AIza', 35),
  prefixed('sk-ant-api03-', 80),
  prefixed('sk-proj-', 40),
  prefixed('npm_', 36),
  prefixed('pypi-AgEIcHlwaS5vcmc', 60),
  (random) => {
    const secret = random.text(24, ALPHANUMERIC);
    return { text: `Bearer ${secret}`, secret };
  },
  (random) => {
    const secret = Buffer.from(`shop:${random.text(15, ALPHANUMERIC)}`).toString('base64');
    return { text: `Basic ${secret}`, secret };
  },
  (random) => {
    const secret = random.text(20, ALPHANUMERIC);
    return { text: `${random.one(['postgres', 'https', 'amqp'])}://shop:${secret}@db.internal:5432/x`, secret };
  },
  prefixed('$2b$10$', 53),
  prefixed('$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$', 43),
  prefixed('$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$', 43),
  (random) => whole(`${random.text(12, LETTERS)}.${random.text(4, DIGITS)}@${random.text(10, LETTERS)}.org`),
];

/** A secret that is known by its shape. */
export const shaped = (random: Random): Planted => random.one(SHAPES)(random);

/** A secret that is known by its name only. */
export const unshaped = (random: Random): string => random.text(24, ALPHANUMERIC);

/** Names whose values are hidden, in the ways in which people write them. */
export const SECRET_NAMES = [
  ...['password', 'dbPassword', 'PASSWORD', 'pass_word', 'userToken', 'token', 'apiKey', 'API_KEY', 'clientSecret'],
  ...['authorization', 'cookie', 'sessionId', 'private_key', 'credentials', 'ssn', 'pin', 'otp', 'jwt', 'refreshToken'],
  ...['stripeSecret', 'secretKey', 'ccNumber', 'cvv', 'passphrase', 'pass', 'smtpPass', 'db_pass', 'passwordHash'],
  ...[
    'signingKey',
    'secretNote',
    'hmac',
    'mfaCode',
    'cardNumber',
    'phone',
    'dsn',
    'webhookUrl',
    'DB_PASS',
    'homePhone',
  ],
];
