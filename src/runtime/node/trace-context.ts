import { slice } from './guard/guard-intrinsics.ts';
import type { TraceContext } from './messages.ts';

/** Where OpenTelemetry's API package keeps its global, and the key of the active span. */
const API = Symbol.for('opentelemetry.js.api.1');
const SPAN = Symbol.for('OpenTelemetry Context Key SPAN');

interface Context {
  getValue(key: symbol): { spanContext(): { traceId?: unknown; spanId?: unknown } } | undefined;
}
interface Api {
  readonly context?: { active(): Context };
}

/** @returns the active trace and span of the application, where it has OpenTelemetry. Never throws. */
export function activeTrace(): TraceContext | undefined {
  try {
    const api: Api | undefined = (globalThis as Record<symbol, unknown>)[API] as Api | undefined;
    const span = api?.context?.active().getValue(SPAN)?.spanContext();
    if (span === undefined || typeof span.traceId !== 'string' || typeof span.spanId !== 'string') return undefined;
    return { traceID: slice(span.traceId, 0, 32), spanID: slice(span.spanId, 0, 16) };
  } catch {
    return undefined;
  }
}
