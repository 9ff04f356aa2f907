interface User { readonly id: number; readonly roles: readonly string[]; readonly active: boolean }

function check(user: User, threshold: number): string {
  const score = user.roles.length * 10 + user.id;
  const verdict = score > threshold ? 'high' : 'low';
  return `${verdict} ${score}`; // @log when user.active && score > threshold && user.roles.includes('admin'): {user.id} {score} {user.roles.join('+')}
}

export function run(): string {
  const users: User[] = [1, 2, 3, 4].map((id) => ({ id, roles: id % 2 === 0 ? ['admin', 'dev'] : ['dev'], active: id > 2 }));
  const results = users.map((user) => check(user, 15));
  return results.join(); // @log when results.length > 100: never
}
