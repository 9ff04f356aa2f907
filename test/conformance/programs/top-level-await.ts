// @not swc tsc-cjs: CommonJS has no top-level await
// @not webpack: its output is CommonJS here
const settings = await Promise.resolve({ unit: 'kg', factor: 2 });
const { unit } = settings;

export function run(): string {
  const weight = settings.factor * 21;
  return `${weight} ${unit} ${weight}`; // @log {weight} {unit} {settings}
}
