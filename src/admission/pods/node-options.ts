/**
 * Whether an option may follow this value of NODE_OPTIONS, as Node.js reads it: options are separated by spaces alone, double quotes
 * enclose spaces, and inside of them a backslash escapes the next character. After an open quote the appended option would be part of
 * it; Node.js refuses to start with such a value anyway.
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

/** Whether the value holds nothing but separators of options. */
export function isEmpty(value: string): boolean {
  return /^ *$/.test(value);
}
