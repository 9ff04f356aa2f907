function größe(länge: number, 数量: number): number {
  const ergebnis_ñ = länge * 数量;
  const 𝒳 = ergebnis_ñ + 1;
  const text = '💡 emoji before'; const after = text.length + 𝒳;
  return after + ergebnis_ñ + 𝒳; // @log {länge} {数量} {ergebnis_ñ} {𝒳} {text} {after}
}

// @entry größe: {länge}
export function run(): number {
  const $dollar_1 = größe(3, 4);
  return $dollar_1 + $dollar_1; // @log {$dollar_1}
}
