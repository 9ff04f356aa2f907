import * as z from 'zod/mini';

/** What the frames of both wires are made of; everything in them has a bound. */

/** A text of so many UTF-16 units at most. */
export const text = (most: number) => z.string().check(z.maxLength(most));

/** So many items at most. */
export const list = <Item extends z.ZodMiniType>(item: Item, most: number) => z.array(item).check(z.maxLength(most));

/** A whole number from 0. */
export const count = z.int().check(z.minimum(0));

/** A number from 0, of milliseconds for example. */
export const amount = z.number().check(z.minimum(0));

/** From 0 to 1. */
export const share = z.number().check(z.minimum(0), z.maximum(1));
