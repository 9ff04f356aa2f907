/**
 * Whether an option may follow this value of NODE_OPTIONS, as Node.js reads it: options are separated by spaces alone, double quotes
 * hold spaces together, and inside of them a backslash takes the next character as it is. A quote that does not end would swallow
 * what follows; Node.js refuses to start with it anyway.
 */
export function isComplete(value: string): boolean {
  let quoted = false;
  for (let index = 0; index < value.length; index += 1) {
    const character = value[index];
    if (character === '\\' && quoted) index += 1;
    else if (character === '"') quoted = !quoted;
  }
  return !quoted;
}

/** Nothing but what separates options. */
export function isEmpty(value: string): boolean {
  return /^ *$/.test(value);
}
