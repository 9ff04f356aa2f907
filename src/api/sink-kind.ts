/** Kinds that `spec.sinkRefs` of a probe may name. Not beside the schema of a probe, because the wire needs them without it. */
export const SINK_KINDS = ['Sink', 'ClusterSink'] as const;
