import { randomBytes } from 'node:crypto';
import { isAlreadyExists, isNotFound } from './api-error.ts';
import type { KubeClient } from './client.ts';
import { EventBudget } from './event-budget.ts';
import { EVENTS } from './resource.ts';
import { microTime } from './time.ts';

/** Which object an Event is about. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
}

export interface EventContent {
  readonly type: 'Normal' | 'Warning';
  /** One CamelCase word. */
  readonly reason: string;
  /** What was done or tried, a CamelCase verb: `Arm`, `Inject`. */
  readonly action: string;
  /** A sentence; cut at 1,024 bytes. */
  readonly note: string;
  /** Name of the Event object, for one that must exist only once whichever replica writes it; default: a random one. */
  readonly name?: string;
}

export interface EventRecorderOptions {
  readonly client: KubeClient;
  readonly reportingController: string;
  readonly reportingInstance: string;
  /** Called when an Event could not be written. It is not tried again. */
  onError?(error: Error): void;
}

interface Series {
  readonly eventName: string;
  count: number;
  seenAt: number;
  writtenAt: number;
  timer?: NodeJS.Timeout;
  /** Resolves with the last write; the next one waits for it. */
  written: Promise<void>;
}

const MAX_NOTE_BYTES = 1024;
const MAX_PENDING = 256;
const MAX_SERIES = 1000;
/** An Event that is repeated after this time is a new one. */
const SERIES_MS = 6 * 60_000;
const SERIES_WRITE_MS = 30_000;

/**
 * Writes Events (events.k8s.io/v1). Equal ones become a series: the first repetition is written at once, further ones at most every 30 s.
 * One object gets 25 Events in a burst and one per 30 s after that; the rest is dropped. Recording never throws and never waits.
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #series = new Map<string, Series>();
  readonly #budget = new EventBudget();
  readonly #pending = new Set<Promise<void>>();

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  record(regarding: ObjectReference, content: EventContent): void {
    const { type, reason, action, note, name } = content;
    const key = JSON.stringify([regarding, type, reason, action, note, name]);
    const now = performance.now();
    const known = this.#series.get(key);
    if (known && now - known.seenAt < SERIES_MS) {
      if (name !== undefined) return;
      known.count += 1;
      known.seenAt = now;
      this.#writeSeries(key, known, regarding, content);
      return;
    }
    if (this.#pending.size >= MAX_PENDING || !this.#budget.take(regarding.uid ?? key, now)) return;
    clearTimeout(known?.timer);
    const eventName = name ?? makeName(regarding.name);
    const written = this.#run(this.#create(eventName, regarding, content));
    this.#remember(key, { eventName, count: 1, seenAt: now, writtenAt: Number.NEGATIVE_INFINITY, written });
  }

  /** Resolves when everything recorded so far has been written or given up. */
  async flush(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  async #create(eventName: string, regarding: ObjectReference, content: EventContent): Promise<void> {
    const namespace = regarding.namespace || 'default';
    const body = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: eventName, namespace },
      eventTime: microTime(),
      reportingController: this.#options.reportingController,
      reportingInstance: this.#options.reportingInstance.slice(0, 128),
      type: content.type,
      reason: content.reason,
      action: content.action,
      note: cutBytes(content.note, MAX_NOTE_BYTES),
      regarding: { ...regarding, namespace },
    };
    try {
      await this.#options.client.create(EVENTS, { namespace }, body);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
  }

  #writeSeries(key: string, series: Series, regarding: ObjectReference, content: EventContent): void {
    if (series.timer) return;
    const write = (): void => {
      series.timer = undefined;
      series.writtenAt = performance.now();
      series.written = this.#run(series.written.then(() => this.#patch(key, series, regarding, content)));
    };
    const wait = series.writtenAt + SERIES_WRITE_MS - performance.now();
    if (wait <= 0) write();
    else series.timer = setTimeout(write, wait).unref();
  }

  async #patch(key: string, series: Series, regarding: ObjectReference, content: EventContent): Promise<void> {
    const namespace = regarding.namespace || 'default';
    const patch = { series: { count: series.count, lastObservedTime: microTime() } };
    try {
      await this.#options.client.mergePatch(EVENTS, { namespace, name: series.eventName }, patch);
    } catch (error) {
      // The Event is gone, as the API server keeps Events for an hour only: write a new one.
      if (!isNotFound(error)) throw error;
      const eventName = makeName(regarding.name);
      this.#remember(key, { ...series, eventName, count: 1 });
      await this.#create(eventName, regarding, content);
    }
  }

  #remember(key: string, series: Series): void {
    this.#series.delete(key);
    this.#series.set(key, series);
    for (const [oldest, { timer }] of this.#series) {
      if (this.#series.size <= MAX_SERIES) break;
      clearTimeout(timer);
      this.#series.delete(oldest);
    }
  }

  #run(writing: Promise<void>): Promise<void> {
    const pending: Promise<void> = writing
      .catch((error) => this.#options.onError?.(error instanceof Error ? error : new Error(String(error))))
      .finally(() => this.#pending.delete(pending));
    this.#pending.add(pending);
    return pending;
  }
}

function makeName(about: string): string {
  return `${about.slice(0, 200).replace(/[^a-z0-9]+$/, '')}.${randomBytes(8).toString('hex')}`;
}

/** The text, cut to `bytes` of UTF-8 at a whole character. */
function cutBytes(text: string, bytes: number): string {
  const encoded = Buffer.from(text);
  if (encoded.length <= bytes) return text;
  return `${encoded
    .subarray(0, bytes - 3)
    .toString()
    .replace(/\uFFFD+$/, '')}…`;
}
