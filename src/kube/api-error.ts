import { z } from 'zod';

/** One member that the API server found wrong, as in `Status.details.causes`. */
export interface ApiErrorCause {
  readonly field?: string;
  readonly reason?: string;
  readonly message?: string;
}

const causeSchema = z.object({
  field: z.string().optional(),
  reason: z.string().optional(),
  message: z.string().optional(),
});

const statusSchema = z.object({
  kind: z.literal('Status'),
  message: z.string().default(''),
  reason: z.string().default(''),
  code: z.int().optional(),
  details: z
    .object({
      causes: z.array(causeSchema).nullish(),
      retryAfterSeconds: z.number().optional(),
    })
    .nullish(),
});

/** Characters that are quoted of an answer that is no Kubernetes Status. */
const MAX_QUOTED = 300;

interface ApiErrorFields {
  readonly status: number;
  readonly reason: string;
  readonly causes?: readonly ApiErrorCause[];
  readonly retryAfterSeconds?: number;
}

/**
 * The only error that requests to the API server throw, except the reason with which the caller aborted.
 *
 * `status` is the HTTP status, or 0 when no answer came (`reason` is then `Unreachable` or `Timeout`). `reason` is Kubernetes' own
 * word (`NotFound`, `Conflict`, `Invalid`, `Forbidden`, …). `message` is the server's sentence and never has headers or tokens in it.
 */
export class ApiError extends Error {
  readonly status: number;
  readonly reason: string;
  readonly causes: readonly ApiErrorCause[];
  /** How long the server asked to wait, in seconds. */
  readonly retryAfterSeconds: number | undefined;

  constructor(message: string, fields: ApiErrorFields, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ApiError';
    this.status = fields.status;
    this.reason = fields.reason;
    this.causes = fields.causes ?? [];
    this.retryAfterSeconds = fields.retryAfterSeconds;
  }

  /** From an HTTP answer that is not a success. `body` may be anything; a proxy's HTML page is quoted, cut. */
  static fromAnswer(status: number, body: string, retryAfterSeconds?: number): ApiError {
    const parsed = statusSchema.safeParse(parseJson(body));
    if (!parsed.success) {
      const quoted = body.trim().slice(0, MAX_QUOTED);
      const message =
        quoted === '' ? `the API server answered ${status}` : `the API server answered ${status}: ${quoted}`;
      return new ApiError(message, { status, reason: '', retryAfterSeconds });
    }
    return ApiError.#fromStatus(parsed.data, status, retryAfterSeconds);
  }

  /** From a Status object in the middle of a watch; anything else becomes an error without a reason. */
  static fromWatch(object: unknown): ApiError {
    const parsed = statusSchema.safeParse(object);
    if (!parsed.success) return new ApiError('the watch ended with an unreadable error', { status: 500, reason: '' });
    return ApiError.#fromStatus(parsed.data, parsed.data.code ?? 500);
  }

  static #fromStatus(status: z.infer<typeof statusSchema>, code: number, retryAfterSeconds?: number): ApiError {
    return new ApiError(status.message || `the API server answered ${code} ${status.reason}`.trim(), {
      status: code,
      reason: status.reason,
      causes: status.details?.causes ?? [],
      retryAfterSeconds: retryAfterSeconds ?? status.details?.retryAfterSeconds,
    });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const hasStatus =
  (...statuses: readonly number[]) =>
  (error: unknown): error is ApiError =>
    error instanceof ApiError && statuses.includes(error.status);

/** No such object, or no such kind. */
export const isNotFound = hasStatus(404);
/** The object exists already, somebody else wrote it first, or another field manager owns a field. */
export const isConflict = hasStatus(409);
/** The object exists already; the answer to `create`. */
export const isAlreadyExists = (error: unknown): error is ApiError =>
  isConflict(error) && error.reason === 'AlreadyExists';
/** A resourceVersion or a continue token is too old. */
export const isGone = hasStatus(410);
/** RBAC or an admission plugin said no. */
export const isForbidden = hasStatus(403);
/** The credentials are not accepted. */
export const isUnauthorized = hasStatus(401);
/** No answer came: wrong address, network, TLS, or timeout. */
export const isUnreachable = hasStatus(0);
