import { z } from 'zod';
import { labelSelectorSchema } from './kubernetes.ts';
import { REDACTION_MODES, REPLACEMENTS } from './redaction.ts';
import { SINK_KINDS } from './sink-kind.ts';

/** The part of `spec` that every probe has, whatever it reports. */

export const dnsLabel = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
export const objectName = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/);

export const targetSchema = z
  .object({
    selector: labelSelectorSchema.optional(),
    workloadRef: z
      .object({
        kind: z
          .enum(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob'])
          .meta({ description: 'Kind of the workload.' }),
        name: objectName.meta({ description: 'Name of the workload, in the namespace of the probe.' }),
      })
      .optional()
      .meta({ description: 'The pods of one workload; the alternative to selector.' }),
    containerName: dnsLabel.optional().meta({
      description: 'The container to look into. Needed only when more than one container runs a known runtime.',
    }),
  })
  .meta({
    description: 'Which running pods the probe goes into.',
    'x-kubernetes-validations': [
      {
        rule: 'has(self.selector) != has(self.workloadRef)',
        message: 'target needs exactly one of selector and workloadRef',
      },
    ],
  });

export const locationSchema = z
  .object({
    file: z
      .string()
      .min(1)
      .max(512)
      .regex(/^[^\0\r\n]+$/)
      .optional()
      .meta({
        description: 'Path of the source file, or a suffix of it, as in the repository: src/orders.ts.',
      }),
    line: z
      .int()
      .min(1)
      .max(10_000_000)
      .optional()
      .meta({ description: 'Line in that file, counted from 1. The probe runs before the line does.' }),
    // The characters that qualified names have in any language. Which forms of names exist is checked by the runtime of the language.
    function: z
      .string()
      .min(1)
      .max(256)
      .regex(/^[\p{L}\p{N}_$#.<>[\] -]+$/u)
      .optional()
      .meta({
        description:
          'Qualified name of a function: place, OrderService.place, OrderService#place (of instances), OrderService.#check, ' +
          'new OrderService, get or set before an accessor, static before a static method, default, exports.place. ' +
          'Functions of node_modules need file too. The alternative to line.',
      }),
    at: z
      .enum(['Entry', 'Exit'])
      .optional()
      .meta({
        description:
          'Where in the function; Entry unless given. Exit is each return, with the result in $return, and each exception that ' +
          'leaves the function, in $error. A probe that mentions $return and not $error is about returns only.',
      }),
  })
  .meta({
    description: 'Where the probe goes.',
    'x-kubernetes-validations': [
      {
        rule: 'has(self.line) != has(self.function)',
        message: 'location needs exactly one of line (with file) and function',
      },
      { rule: '!has(self.line) || has(self.file)', message: 'location.line needs location.file' },
      { rule: '!has(self.at) || has(self.function)', message: 'location.at goes with location.function' },
    ],
  });

/**
 * Free text of 1 to `max` characters, counted as the API server counts: by code points. zod's own `.max()` counts UTF-16
 * units, so it would refuse to read what the API server has accepted.
 */
export const freeText = (max: number) =>
  z
    .string()
    .min(1)
    .refine((text) => text.length <= max || [...text].length <= max, { error: `Too long: at most ${max} characters` })
    .meta({ maxLength: max });

/** An expression in the language of the target. */
export const expressionSchema = freeText(512);

export const nameListSchema = z
  .array(
    z
      .string()
      .min(1)
      .max(128)
      .regex(/[\p{L}\p{N}]/u),
  )
  .max(64)
  .optional();

export const redactionShape = {
  mode: z.enum(REDACTION_MODES).optional().meta({
    description:
      'Default hides what is known to be secret; AllowList hides everything but what is allowed. Default unless given here or by a policy.',
  }),
  names: nameListSchema.meta({
    description:
      'Names of variables, fields and keys whose values are hidden besides those that always are. Case and the separators -, _, ., @ and $ do not matter.',
    'x-kubernetes-list-type': 'atomic',
  }),
  allow: nameListSchema.meta({
    description:
      'With mode AllowList: the only names whose values are shown, unless they are hidden anyway. Objects show their structure.',
    'x-kubernetes-list-type': 'atomic',
  }),
  patterns: z.array(freeText(256)).max(32).optional().meta({
    description:
      'Regular expressions of texts that are hidden wherever they stand in a value or a message, besides those that always are. A subset without backtracking: no look-around, no back references.',
    'x-kubernetes-list-type': 'atomic',
  }),
  replacement: z.enum(REPLACEMENTS).optional().meta({
    description:
      'What stands for a hidden value, Remove unless given: Remove nothing but <redacted>; Mask its length; Hash 48 bits of a hash that is the same for equal values of this generation of the probe in all pods.',
  }),
};

export const ALLOW_RULE = {
  rule: "!has(self.allow) || (has(self.mode) && self.mode == 'AllowList')",
  message: 'redaction.allow goes with mode AllowList',
};

export const redactionSchema = z
  .object(redactionShape)
  .optional()
  .meta({
    description: 'What is hidden beyond the values that always are.',
    'x-kubernetes-validations': [ALLOW_RULE],
  });

export const sinkRefSchema = z.object({
  kind: z.enum(SINK_KINDS).default('Sink').meta({ description: 'Kind of the sink.' }),
  name: objectName.meta({ description: 'Name of the sink.' }),
});

export const sinkRefsSchema = z.array(sinkRefSchema).max(8).optional().meta({
  description: 'Sinks that get every result, besides status and the log of the agent.',
  'x-kubernetes-list-type': 'atomic',
});

export const standingSchema = z.boolean().optional().meta({
  description:
    'Whether the probe has no end: it stays until it is deleted or a limit on its hits is reached. Only where the policies allow it; not together with ttlSeconds.',
});

/** Rule of the whole spec. */
export const STANDING_RULE = {
  rule: '!has(self.standing) || !self.standing || !has(self.ttlSeconds)',
  message: 'standing and ttlSeconds exclude each other: a standing probe has no end',
};

export const conditionExpressionSchema = expressionSchema.optional().meta({
  description:
    'Only hits for which this expression is truthy count. Evaluated in the scope of the line; it must not change the program.',
});

export type Target = z.infer<typeof targetSchema>;
export type Location = z.infer<typeof locationSchema>;
export type SinkRef = NonNullable<z.infer<typeof sinkRefsSchema>>[number];

/** How a person writes a location: `src/orders.ts:42` or `OrderService.place (Exit)`. */
export function describeLocation(location: Location): string {
  if (location.function === undefined) return `${location.file}:${location.line}`;
  const suffix = location.at === 'Exit' ? ' (Exit)' : '';
  return `${location.file === undefined ? '' : `${location.file}#`}${location.function}${suffix}`;
}
