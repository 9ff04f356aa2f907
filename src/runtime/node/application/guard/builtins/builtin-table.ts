import type { Builtin } from '../guarded-evaluation.ts';
import { type Callable, isCallable, isNative, ownProperty } from '../intrinsics.ts';

/** Builtins by the identity of the function. One that the application replaced before this file was loaded is left out. */
export class BuiltinTable {
  readonly byFunction = new Map<unknown, Builtin>();

  /** @param make gets the original function, which some builtins call once their arguments are converted. */
  add(holder: object, key: PropertyKey, make: (fn: Callable) => Builtin): void {
    const property = ownProperty(holder, key);
    if (property === undefined || property.isAccessor) return;
    const { value } = property;
    if (isCallable(value) && isNative(value)) this.byFunction.set(value, make(value));
  }

  addGetter(holder: object, key: PropertyKey, make: () => Builtin): void {
    const property = ownProperty(holder, key);
    if (property?.isAccessor !== true) return;
    const { accessor } = property;
    if (accessor !== undefined && isNative(accessor)) this.byFunction.set(accessor, make());
  }

  addAll(holder: object, builtins: Readonly<Record<string, Builtin>>): void {
    for (const [key, builtin] of Object.entries(builtins)) this.add(holder, key, () => builtin);
  }
}
