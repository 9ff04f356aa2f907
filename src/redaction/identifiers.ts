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
  ...['databaseurl', 'db_url', 'connectionstring', 'ip_address', 'x_forwarded_for', 'x_real_ip', 'geo_location'],
];

/** A longer name that ends so is meant the same way: dbPassword, userToken, STRIPE_API_KEY. */
const ENDINGS = ['password', 'passwd', 'secret', 'token', 'apikey', 'privatekey'];

// This also runs inside applications, which may change prototypes afterwards: everything it uses is taken once, here.
const { apply } = Reflect;
const { toLowerCase, endsWith, charCodeAt, slice } = String.prototype;
const { has } = Set.prototype;
const { get: mapGet, set: mapSet, clear: mapClear } = Map.prototype;
const IGNORED: Readonly<Record<number, true>> = Object.freeze(
  Object.assign(Object.create(null), { 45: true, 95: true, 64: true, 36: true, 46: true }), // - _ @ $ .
);

/** Long enough for every name that is meant; what is longer is looked at from its end only. */
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

const NORMALISED = new Set(NAMES.map(normalise));
const remembered = new Map<string, boolean>();
let rememberedCount = 0;

function decide(name: string): boolean {
  const normalised = normalise(name.length > MAX_NAME_LENGTH ? apply(slice, name, [-MAX_NAME_LENGTH]) : name);
  if (apply(has, NORMALISED, [normalised])) return true;
  for (let index = 0; index < ENDINGS.length; index++) {
    if (apply(endsWith, normalised, [ENDINGS[index]])) return true;
  }
  return false;
}

/** Whether the value of a variable, field, header or Map key with this name is hidden. Never throws. */
export function isRedactedName(name: string): boolean {
  const known: boolean | undefined = apply(mapGet, remembered, [name]);
  if (known !== undefined) return known;
  const redacted = decide(name);
  if (name.length <= MAX_NAME_LENGTH) {
    if (++rememberedCount > MAX_REMEMBERED) {
      apply(mapClear, remembered, []);
      rememberedCount = 1;
    }
    apply(mapSet, remembered, [name, redacted]);
  }
  return redacted;
}
