import { z } from 'zod';
import { API_VERSION, type Probe, probeResource } from '../../../api/kinds.ts';
import { isConflict, isNotFound } from '../../../kube/api-error.ts';
import type { KubeClient } from '../../../kube/client.ts';
import type { EventContent, EventRecorder } from '../../../kube/event-recorder.ts';
import type { ProbeRecord } from '../desired/probe-record.ts';
import type { RenderedStatus } from '../status.ts';
import { eventFor } from './events.ts';

/** Field manager of the status of every probe. Never renamed: the old name would go on owning its fields. */
export const FIELD_MANAGER = 'davylamp-operator';

/** A status that differs from what the object has. */
export interface StatusChange {
  readonly probe: Probe;
  readonly record: ProbeRecord;
  readonly base: RenderedStatus | undefined;
  readonly rendered: RenderedStatus;
}

/** The only writer of status, by server-side apply. Records the Event of the change once the status is written. */
export class StatusWriter {
  readonly #client: KubeClient;
  readonly #events: EventRecorder;

  constructor(client: KubeClient, events: EventRecorder) {
    this.#client = client;
    this.#events = events;
  }

  /**
   * @returns whether the status was written, and the Event. It is not when the object was deleted, even if another now has its name.
   * @throws ApiError
   */
  async write(
    { probe, record, base, rendered }: StatusChange,
    now: number,
    signal: AbortSignal,
  ): Promise<{ written: boolean; event?: EventContent }> {
    const { kind, metadata } = probe;
    const { namespace, name, uid } = metadata;
    record.attempted(now);
    try {
      const body = { apiVersion: API_VERSION, kind, metadata: { name, namespace, uid }, status: rendered };
      const options = { fieldManager: FIELD_MANAGER, force: true, signal };
      const answer = await this.#client.applyStatus(probeResource(kind), { namespace, name }, body, options);
      record.written(probe, rendered, resourceVersionOf(answer));
    } catch (error) {
      if (isNotFound(error) || isConflict(error)) return { written: false };
      throw error;
    }
    const event = eventFor(probe, base, rendered);
    if (event !== undefined) this.#events.record({ apiVersion: API_VERSION, kind, namespace, name, uid }, event);
    return { written: true, event };
  }
}

const answerSchema = z.object({ metadata: z.object({ resourceVersion: z.string() }) });

function resourceVersionOf(answer: unknown): string | undefined {
  return answerSchema.safeParse(answer).data?.metadata.resourceVersion;
}
