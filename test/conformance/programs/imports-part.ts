export let count = 5;

export function increase(by: number): void {
  count += by; // @log {count} by {by}
}

export const nested = { deep: [1, 2] };

export default { name: 'standard' };
