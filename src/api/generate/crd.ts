import { GROUP, type PrinterColumn, VERSION } from '../kinds.ts';
import { type ResourceKind, resourceFacts } from '../resources.ts';
import { NotStructuralError, type StructuralSchema, structuralSchema } from './structural-schema.ts';

export interface CustomResourceDefinition {
  readonly apiVersion: 'apiextensions.k8s.io/v1';
  readonly kind: 'CustomResourceDefinition';
  readonly metadata: { readonly name: string; readonly labels: Record<string, string> };
  readonly spec: {
    readonly group: string;
    readonly names: {
      readonly kind: string;
      readonly listKind: string;
      readonly plural: string;
      readonly singular: string;
      readonly shortNames: readonly string[];
      readonly categories?: readonly string[];
    };
    readonly scope: 'Namespaced' | 'Cluster';
    readonly versions: readonly [
      {
        readonly name: string;
        readonly served: true;
        readonly storage: true;
        readonly subresources: { readonly status: Record<string, never> };
        readonly additionalPrinterColumns: readonly PrinterColumn[];
        readonly schema: { readonly openAPIV3Schema: StructuralSchema };
      },
    ];
  };
}

/** The definition that the API server gets for one kind, from its zod schema and its row in the table of resources. */
export function customResourceDefinition(kind: ResourceKind): CustomResourceDefinition {
  const { plural, singular, shortNames, scope, categories, schema, columns } = resourceFacts(kind);
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${GROUP}`, labels: { 'app.kubernetes.io/name': 'davylamp' } },
    spec: {
      group: GROUP,
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular,
        shortNames,
        ...(categories.length > 0 && { categories }),
      },
      scope,
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: columns,
          schema: { openAPIV3Schema: rootSchema(structuralSchema(schema)) },
        },
      ],
    },
  };
}

/** apiVersion, kind and metadata are the API server's own; it refuses to have them restricted. */
function rootSchema({ description, properties }: StructuralSchema): StructuralSchema {
  const { spec, status } = properties ?? {};
  if (!spec || !status) throw new NotStructuralError('a resource needs spec and status');
  return {
    type: 'object',
    description,
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string', description: `Always ${GROUP}/${VERSION}.` },
      kind: { type: 'string', description: 'Kind of the resource.' },
      metadata: { type: 'object' },
      spec,
      status,
    },
  };
}
