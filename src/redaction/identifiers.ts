import { LONGEST_TEXT } from './longest-text.ts';
import { hasSecretPart, SECRET_ENDINGS } from './name-parts.ts';

/**
 * Names whose values never leave the process. The list is the one that operators of such tools have settled on:
 * credentials, sessions, keys, payment and identity data. Compared after {@link normalise}.
 */
const NAMES = [
  // Authentication
  ...[
    'auth',
    'authorization',
    'authtoken',
    'access_token',
    'refresh_token',
    'token',
    'oauth',
    'oauthtoken',
    'jwt',
    'jti',
  ],
  ...['x-auth-token', 'secrettoken', 'twilio_token', '2fa', 'otp', 'pin', 'pincode', 'recaptcha_key', 'bearer'],
  ...['proxy-authorization'],
  // Sessions and CSRF
  ...['session', 'sessionid', 'sessionkey', 'user_session', '_session', 'aiohttp_session', 'connect.sid', 'cookie'],
  ...['cookies', 'set_cookie', 'PHPSESSID', 'symfony', 'csrf', 'csrf_token', '_csrf', '_csrf_token', '_xsrf'],
  ...['XSRF-TOKEN', 'x_csrftoken'],
  // Passwords
  ...['password', 'passwordb', 'passwd', 'pwd', 'passhash', 'passphrase', 'mysql_pwd', 'salt', 'security_answer'],
  ...['security_question', 'securitycode'],
  // Keys
  ...['api_key', 'x_api_key', 'apisecret', 'apisignature', 'applicationkey', 'appkey', 'private_key', 'publickey'],
  ...['secret', 'secrets', 'secretKey', 'client_secret', 'clientid', 'ssh_key', 'gpg_key', 'pgp_key', 'pem_file'],
  ...['pkcs8', 'encryption_key', 'encryptionkeyid', 'masterkey', 'license_key', 'signature', 'signaturekey', 'cipher'],
  ...['nonce', 'certificatepin', 'credentials', 'serviceaccountcredentials', 'accesskey', 'secretaccesskey'],
  // Finance and identity
  ...['cc_number', 'creditcard', 'cvv', 'routingnumber', 'transactionid', 'ssn', 'voterid'],
  // Network and data
  ...[
    'databaseurl',
    'db_url',
    'connectionstring',
    'accountkey',
    'sharedaccesskey',
    'ip_address',
    'x_forwarded_for',
    'x_real_ip',
    'geo_location',
  ],
];

// This also runs inside applications, which may change prototypes afterwards: everything it uses is taken once, here.
const { apply } = Reflect;
const { toLowerCase, endsWith, charCodeAt, slice } = String.prototype;
const { has } = Set.prototype;
const { get: mapGet, set: mapSet, clear: mapClear } = Map.prototype;
const IGNORED: Readonly<Record<number, true>> = Object.freeze(
  Object.assign(Object.create(null), { 45: true, 95: true, 64: true, 36: true, 46: true, 35: true }), // - _ @ $ . #
);

/** Characters. Of a longer name, only the end is compared. */
const MAX_NAME_LENGTH = 128;
const MAX_REMEMBERED = 2000;

function normalise(name: string): string {
  const lower: string = apply(toLowerCase, name, []);
  let normalised = '';
  for (let index = 0; index < lower.length; index++) {
    if (IGNORED[apply(charCodeAt, lower, [index])] !== true) normalised += lower[index];
  }
  return normalised;
}

const DEFAULTS = new Set(NAMES.map(normalise));

/** A set of names, without regard to case and separators. Runs inside applications; never throws after construction. */
export class RedactedNames {
  readonly #names: Set<string>;
  readonly #remembered = new Map<string, boolean>();
  #rememberedCount = 0;

  /** Whether values behind these names are looked at after all, to be hashed or measured by the redactor. */
  readonly keeps: boolean;

  /** Whether an error's own `name`, which the program may have set to any value, may be shown in place of the name of its class. */
  readonly showsErrorNames: boolean;

  /** The names that are always hidden, and `more`. */
  constructor(more: readonly string[] = [], keeps = false, showsErrorNames = true) {
    this.keeps = keeps;
    this.#names = new Set([...DEFAULTS, ...more.map(normalise)]);
    this.#names.delete('');
    this.showsErrorNames = showsErrorNames && !this.#names.has('name');
  }

  /** Exactly these names. */
  static only(names: readonly string[]): Pick<RedactedNames, 'has'> {
    const normalised = new Set(names.map(normalise));
    return { has: (name) => name !== '' && normalised.has(normalise(name.slice(-MAX_NAME_LENGTH))) };
  }

  has(name: string): boolean {
    // Too long to be read, it counts as redacted.
    if (name.length > MAX_NAME_LENGTH) return name.length > LONGEST_TEXT || this.#decide(name);
    const known: boolean | undefined = apply(mapGet, this.#remembered, [name]);
    if (known !== undefined) return known;
    const redacted = this.#decide(name);
    if (++this.#rememberedCount > MAX_REMEMBERED) {
      apply(mapClear, this.#remembered, []);
      this.#rememberedCount = 1;
    }
    apply(mapSet, this.#remembered, [name, redacted]);
    return redacted;
  }

  #decide(name: string): boolean {
    const end: string = name.length > MAX_NAME_LENGTH ? apply(slice, name, [-MAX_NAME_LENGTH]) : name;
    const normalised = normalise(end);
    if (apply(has, this.#names, [normalised])) return true;
    // A longer name with such an ending is hidden too: dbPassword, userToken, STRIPE_API_KEY.
    for (let index = 0; index < SECRET_ENDINGS.length; index++) {
      if (apply(endsWith, normalised, [SECRET_ENDINGS[index]])) return true;
    }
    return hasSecretPart(end);
  }
}

const ALWAYS = new RedactedNames();
let current = ALWAYS;

/** Whether the value of a variable, field, header or Map key with this name is hidden. Never throws. */
export function isRedactedName(name: string): boolean {
  return current.has(name);
}

export function showsErrorNames(): boolean {
  return current.showsErrorNames;
}

/** Whether the text of a hidden value is kept for the redactor. */
export function keepsRedacted(): boolean {
  return current.keeps;
}

/** Runs something, at once and to its end, with the names of one probe instead of those that are always hidden. */
export function withNames<T>(names: RedactedNames, run: () => T): T {
  const before = current;
  current = names;
  try {
    return run();
  } finally {
    current = before;
  }
}
