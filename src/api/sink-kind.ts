/** What a probe's `spec.sinkRefs` may name. Apart from the schema, because the wire needs them without it. */
export const SINK_KINDS = ['Sink', 'ClusterSink'] as const;
