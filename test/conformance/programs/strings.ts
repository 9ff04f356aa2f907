export function run(): number {
  const long = 'x'.repeat(300);
  const lines = ['first', 'second'].join('\n');
  const emoji = '👩‍👩‍👧 family';
  const empty = '';
  const words = 'the quick brown fox'.split(' ');
  const size = long.length + lines.length + emoji.length + words.length;
  return size + empty.length; // @log {long.slice(0, 5)} {long.length} {lines.toUpperCase()} {emoji} [{empty}] {words.at(-1)} {words.map((w) => w.length)}
}
