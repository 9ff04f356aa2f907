import { classNameOf, ownText } from './capture/capture-classes.ts';
import { getPrototypeOf, isCallable, isObject, isProxy, ownProperty } from './guard/intrinsics.ts';

/**
 * @returns `OrderService.place` for a method that the receiver has under that name, with the class that defines the method; else
 * the name as it is. Only data properties are read, so no code of the application runs. Never throws.
 */
export function qualifiedName(name: string, receiver: unknown): string {
  if (name === '' || !isObject(receiver) || isProxy(receiver)) return name;
  try {
    const owner = ownerOf(name, receiver);
    return owner === undefined || owner === '' ? name : `${owner}.${name}`;
  } catch {
    return name;
  }
}

function ownerOf(name: string, receiver: object): string | undefined {
  for (let holder: object | null = receiver; holder !== null; holder = getPrototypeOf(holder)) {
    if (isProxy(holder)) return undefined;
    const property = ownProperty(holder, name);
    if (property === undefined) continue;
    if (property.isAccessor || !isCallable(property.value)) return undefined;
    if (isCallable(receiver)) return isCallable(holder) ? ownText(holder, 'name') : undefined;
    if (holder === receiver) return unlessPlain(classNameOf(receiver));
    const made = ownProperty(holder, 'constructor');
    return made !== undefined && !made.isAccessor && isObject(made.value)
      ? unlessPlain(ownText(made.value, 'name'))
      : undefined;
  }
  return undefined;
}

/** @returns the name of a class; undefined for plain objects, whose class says nothing about their functions. */
function unlessPlain(className: string | undefined): string | undefined {
  return className === 'Object' || className === 'null prototype' ? undefined : className;
}
