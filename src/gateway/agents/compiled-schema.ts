import type * as z from 'zod/mini';
import * as core from 'zod/v4/core';

/**
 * The same schema, with objects that zod compiles to code. The schemas of the wire are made of zod/mini, which is small enough for agents and
 * interprets every object; the gateway parses thousands of frames a second, which takes half as long with compiled schemas.
 */
export function compiledSchema<T>(schema: z.ZodMiniType<T>): Pick<z.ZodMiniType<T>, 'safeParse'> {
  const compiled = compile(schema, new Map()) as core.$ZodType<T>;
  return { safeParse: (value) => core.safeParse(compiled, value) };
}

function compile(schema: core.$ZodType, known: Map<core.$ZodType, core.$ZodType>): core.$ZodType {
  const before = known.get(schema);
  if (before !== undefined) return before;
  const made = make((schema as core.$ZodTypes)._zod.def, (inner) => compile(inner, known)) ?? schema;
  known.set(schema, made);
  return made;
}

/** @returns undefined for schemas that stay as they are: texts, numbers, and recursive ones. */
function make(
  def: core.$ZodTypes['_zod']['def'],
  compileInner: (inner: core.$ZodType) => core.$ZodType,
): core.$ZodType | undefined {
  switch (def.type) {
    case 'object': {
      const shape = Object.fromEntries(Object.entries(def.shape).map(([key, inner]) => [key, compileInner(inner)]));
      return new core.$ZodObjectJIT({ ...def, shape });
    }
    case 'array':
      return new core.$ZodArray({ ...def, element: compileInner(def.element) });
    case 'optional':
      return new core.$ZodOptional({ ...def, innerType: compileInner(def.innerType) });
    case 'union': {
      const options = def.options.map(compileInner);
      return 'discriminator' in def
        ? new core.$ZodDiscriminatedUnion({ ...(def as core.$ZodDiscriminatedUnionDef), options: options as never })
        : new core.$ZodUnion({ ...def, options });
    }
    default:
      return undefined;
  }
}
