/** Parts that make a name secret wherever they stand in it: smtpPass, db_pass, passwordHash, secret-note. */
const SECRET_PARTS = [
  ...['password', 'passwords', 'passwd', 'pwd', 'pass', 'passphrase', 'passcode', 'passkey', 'secret', 'secrets'],
  ...['credential', 'credentials', 'creds', 'token', 'bearer', 'jwt', 'hmac', 'otp', 'totp', 'hotp', 'pin', 'pincode'],
  ...['apikey', 'apikeys', 'privatekey', 'privatekeys', 'cvv', 'cvc', 'ssn', 'dsn'],
  ...['phone', 'phones', 'telephone', 'cellphone', 'mobilephone', 'phonenumber', 'phonenumbers', 'msisdn'],
];

/** Parts that are secret only side by side: one of `first`, directly followed by one of `second`. */
const SECRET_PAIRS: readonly (readonly [first: readonly string[], second: readonly string[]])[] = [
  [
    [
      ...[
        'signing',
        'encryption',
        'encrypt',
        'encrypting',
        'decryption',
        'crypto',
        'cipher',
        'private',
        'api',
        'access',
      ],
      ...['master', 'session', 'ssh', 'gpg', 'pgp', 'pem', 'ssl', 'tls', 'shared', 'account', 'license', 'licence'],
      ...['app', 'application', 'auth', 'signature', 'aes', 'rsa', 'webhook', 'symmetric', 'service', 'deploy'],
      ...['wrapping', 'server', 'client'],
    ],
    ['key', 'keys'],
  ],
  [
    [
      ...[
        'mfa',
        'fa',
        'tfa',
        'verification',
        'verify',
        'auth',
        'authorization',
        'sms',
        'security',
        'recovery',
        'backup',
      ],
      ...['reset', 'confirmation', 'activation', 'login', 'pairing', 'unlock'],
    ],
    ['code', 'codes'],
  ],
  [
    ['access', 'refresh', 'auth', 'api', 'session', 'device', 'reset', 'user'],
    ['tokens', 'cookie', 'cookies'],
  ],
  [['session'], ['id', 'ids']],
  [
    ['auth', 'authorization', 'cookie'],
    ['header', 'headers', 'value', 'string'],
  ],
  [
    ['card', 'cc'],
    ['number', 'numbers', 'no', 'num', 'digits', 'code', 'security'],
  ],
  [
    ['credit', 'debit', 'payment'],
    ['card', 'cards'],
  ],
  [
    ['mobile', 'tel', 'cell'],
    ['number', 'numbers', 'no', 'num'],
  ],
  [
    [
      ...['database', 'db', 'mongo', 'mongodb', 'redis', 'postgres', 'postgresql', 'pg', 'mysql', 'mariadb', 'mssql'],
      ...['amqp', 'rabbitmq', 'connection', 'conn', 'broker', 'smtp', 'ldap', 'jdbc', 'odbc', 'sql', 'webhook', 'hook'],
    ],
    ['url', 'urls', 'uri', 'uris', 'string', 'strings', 'str'],
  ],
];

/** A name that ends so says something about a secret, and not the secret: passwordLength, tokenType, otpExpiresAt, passRate. */
const ABOUT_SECRETS = [
  ...[
    'count',
    'counts',
    'length',
    'size',
    'type',
    'kind',
    'expiry',
    'expires',
    'expiration',
    'ttl',
    'age',
    'at',
    'date',
  ],
  ...[
    'enabled',
    'disabled',
    'required',
    'verified',
    'valid',
    'policy',
    'strength',
    'attempts',
    'limit',
    'version',
    'min',
  ],
  ...['max', 'rounds', 'rate', 'ratio', 'through', 'fail', 'fails', 'bucket'],
];

/** `lowPass` and `iPhone` are no passwords and no numbers. */
const OTHER_MEANING: readonly (readonly [first: readonly string[], second: readonly string[]])[] = [
  [['by', 'low', 'high', 'band', 'first', 'second', 'single', 'multi', 'boarding', 'render'], ['pass']],
  [['i'], ['phone', 'phones']],
];

/** Names that are secret when they are written as one word, by their end. */
export const SECRET_ENDINGS = [
  ...['password', 'passwd', 'secret', 'token', 'apikey', 'privatekey', 'passphrase', 'passcode', 'passwordhash'],
  ...['passwords', 'secrets', 'apikeys', 'privatekeys', 'signingkey', 'encryptionkey', 'cardnumber', 'phonenumber'],
  ...['cvv', 'mfacode', 'webhookurl', 'databaseurl', 'connectionstring', 'hmackey', 'sentrydsn', 'userotp'],
  ...[
    'dbpass',
    'dbpwd',
    'smtppass',
    'userpass',
    'mailpass',
    'mysqlpass',
    'redispass',
    'adminpass',
    'rootpass',
    'ftppass',
  ],
];

// This also runs inside applications, which may change prototypes afterwards: everything it uses is taken once, here.
const { apply } = Reflect;
const { charCodeAt, toLowerCase, slice } = String.prototype;
const { create } = Object;
type Table = Readonly<Record<string, true>>;

const table = (words: readonly string[]): Table =>
  Object.freeze(Object.assign(create(null), Object.fromEntries(words.map((word) => [word, true]))));
const pairsTable = (pairs: typeof SECRET_PAIRS): Table =>
  table(pairs.flatMap(([first, second]) => first.flatMap((one) => second.map((other) => `${one} ${other}`))));

const PARTS = table(SECRET_PARTS);
const PAIRS = pairsTable(SECRET_PAIRS);
const ABOUT = table(ABOUT_SECRETS);
const OTHERS = pairsTable(OTHER_MEANING);

const [NONE, SMALL, CAPITAL] = [0, 1, 2];

/** @returns NONE for a character that separates parts, undefined for one that no name has. */
function kindOf(code: number): number | undefined {
  if (code >= 97 && code <= 122) return SMALL;
  if (code >= 65 && code <= 90) return CAPITAL;
  if (code > 127) return SMALL;
  // Digits, and - _ @ $ . # / : [ ]
  const isBetween =
    (code >= 45 && code <= 58) ||
    code === 95 ||
    code === 64 ||
    code === 36 ||
    code === 35 ||
    code === 91 ||
    code === 93;
  return isBetween ? NONE : undefined;
}

/** Whether one of the parts of a name, as `smtpPass`, `SMTP_PASS` and `smtp-pass` have two, makes it secret. Never throws. */
export function hasSecretPart(name: string): boolean {
  let previous = '';
  let isSecret = false;
  let start = 0;
  let before = NONE;
  for (let at = 0; at <= name.length; at++) {
    const kind = at < name.length ? kindOf(apply(charCodeAt, name, [at])) : NONE;
    if (kind === undefined) return false;
    // `SMTPPass` is SMTP and Pass: of capitals in a row the last one belongs to what follows.
    const next = at + 1 < name.length ? kindOf(apply(charCodeAt, name, [at + 1])) : NONE;
    const isStart = kind === CAPITAL && (before === SMALL || (before === CAPITAL && next === SMALL));
    if (before !== NONE && (kind === NONE || isStart)) {
      const part: string = apply(toLowerCase, apply(slice, name, [start, at]), []);
      const pair = `${previous} ${part}`;
      isSecret ||= (PARTS[part] === true && OTHERS[pair] !== true) || PAIRS[pair] === true;
      previous = part;
    }
    if (kind !== NONE && (before === NONE || isStart)) start = at;
    before = kind;
  }
  return isSecret && ABOUT[previous] !== true;
}
