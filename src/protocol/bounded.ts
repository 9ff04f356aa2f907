import * as z from 'zod/mini';

/** Schemas that the frames of both wires are made of; everything in them has a bound. */

/** A string of at most `most` UTF-16 units. */
export const text = (most: number) => z.string().check(z.maxLength(most));

/** An array of at most `most` items. */
export const list = <Item extends z.ZodMiniType>(item: Item, most: number) => z.array(item).check(z.maxLength(most));

/** A whole number, 0 or more. */
export const count = z.int().check(z.minimum(0));

/** A number, 0 or more: of milliseconds, for example. */
export const amount = z.number().check(z.minimum(0));

/**
 * What a peer says that it enforces (needed-enforcement.ts). Entries of newer versions are kept, and count for nothing; what is no such list
 * declares nothing, so that its sender gets no probe that needs anything, and is served otherwise.
 */
export const declaredEnforcement = z.optional(z.catch(list(text(32), 32), []));

/** A number from 0 to 1. */
export const share = z.number().check(z.minimum(0), z.maximum(1));
