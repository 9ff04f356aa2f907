export function run(): number {
  const touched: string[] = [];
  const proxy = new Proxy({ secretless: 1 } as Record<string, number>, {
    get: (target, key) => {
      touched.push(String(key));
      return Reflect.get(target, key);
    },
  });
  const value = proxy.secretless;
  const getters = {
    calls: 0,
    get expensive(): number {
      this.calls += 1;
      return this.calls;
    },
  };
  const sum = (value ?? 0) + touched.length;
  const all = [proxy, getters, touched];
  return sum + getters.calls + all.length; // @log {proxy} {getters} {touched} {sum}
}
