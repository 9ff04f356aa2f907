export async function run(): Promise<string> {
  const { greet, default: farewell } = await import('./dynamic-import-part.ts');
  const texts = [greet('Ada'), farewell('Bob')];
  return texts.join(); // @log {texts}
}
