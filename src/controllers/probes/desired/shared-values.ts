/** Different values that are shared; with more, which only texts of processes can bring about, sharing begins anew. */
const MAX_SHARED = 10_000;

/**
 * Gives equal values the same object. There is a decision and a verdict for each pod of each probe, 200,000 with ten thousand pods and
 * twenty probes in each, and most of them are equal.
 */
export class SharedValues<Value extends object> {
  readonly #byText = new Map<string, Value>();

  /** @param value holds plain data, which must not be changed afterwards. @returns an equal value. */
  share(value: Value): Value {
    const text = JSON.stringify(value);
    const known = this.#byText.get(text);
    if (known !== undefined) return known;
    if (this.#byText.size >= MAX_SHARED) this.#byText.clear();
    this.#byText.set(text, value);
    return value;
  }
}
