import { z } from 'zod';

/** The parts of Kubernetes' own types that Davylamp's resources are made of. */

const labelKey = z.string().min(1).max(317);
const labelValue = z.string().max(63);

const selectorShape = {
  matchLabels: z
    .record(labelKey, labelValue)
    .optional()
    .meta({ description: 'Labels that must all be equal.', maxProperties: 16 }),
  matchExpressions: z
    .array(
      z.object({
        key: labelKey.meta({ description: 'The label key.' }),
        operator: z
          .enum(['In', 'NotIn', 'Exists', 'DoesNotExist'])
          .meta({ description: 'How the key relates to the values.' }),
        values: z
          .array(labelValue)
          .max(32)
          .optional()
          .meta({ description: 'Values for In and NotIn.', 'x-kubernetes-list-type': 'atomic' }),
      }),
    )
    .max(16)
    .optional()
    .meta({ description: 'Label requirements that must all hold.', 'x-kubernetes-list-type': 'atomic' }),
};

const VALUES_RULE = {
  rule: "!has(self.matchExpressions) || self.matchExpressions.all(e, (e.operator in ['In', 'NotIn']) == (has(e.values) && size(e.values) > 0))",
  message: 'matchExpressions: In and NotIn need values; Exists and DoesNotExist take none',
};

/** A selector that selects something: for what must not go everywhere by an omission. */
export const labelSelectorSchema = z.object(selectorShape).meta({
  description: 'Which pods, by their labels.',
  'x-kubernetes-validations': [
    {
      rule: '(has(self.matchLabels) && size(self.matchLabels) > 0) || (has(self.matchExpressions) && size(self.matchExpressions) > 0)',
      message: 'selector must not be empty: give at least one entry in matchLabels or matchExpressions',
    },
    VALUES_RULE,
  ],
});

/** A selector that selects everything while it is empty, as those of Kubernetes' own policies do. */
export const anySelectorSchema = z.object(selectorShape).meta({ 'x-kubernetes-validations': [VALUES_RULE] });

export type LabelSelector = z.infer<typeof labelSelectorSchema>;

/** What Davylamp reads of any object's metadata; the API server keeps members that are not listed here. */
export const objectMetaSchema = z.object({
  name: z.string(),
  namespace: z.string().default('default'),
  uid: z.string().default(''),
  generation: z.int().default(1),
  resourceVersion: z.string().default(''),
  creationTimestamp: z.string().optional(),
  deletionTimestamp: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});

/** The same of an object that is in no namespace. */
export const clusterObjectMetaSchema = objectMetaSchema.omit({ namespace: true });

export type ObjectMeta = z.infer<typeof objectMetaSchema>;
