export function greet(name: string): string {
  const text = `hello ${name}`;
  return text + text.length; // @log {text}
}

export default function (name: string): string {
  const text = `bye ${name}`;
  return text + text.length; // @log {text} to {name}
}
