export async function run(): Promise<string> {
  const order: string[] = [];
  const first = Promise.resolve(1).then((value) => {
    order.push(`then ${value}`); // @log then {value}
    return value + 1;
  });
  const second = Promise.reject(new Error('no')).catch((error: Error) => {
    order.push(error.message); // @log catch {error.message}
    return 'recovered';
  });
  const settled = await Promise.allSettled([first, second]);
  const { promise, resolve } = { promise: first.finally(() => order.push('finally')), resolve: order };
  await promise;
  return `${settled.length} ${resolve}`; // @log {settled} {order}
}
