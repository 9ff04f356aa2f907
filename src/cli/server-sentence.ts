import type { ApiError } from '../kube/api-error.ts';

/** What the API server puts before the sentence of a webhook of ours. Of one of others it stays: it says who refuses. */
const OUR_WEBHOOK = /^admission webhook "[^"]*\.davylamp\.dev" denied the request: /;

/** An error of the API server as a person reads it. */
export function serverSentence({ message }: ApiError): string {
  return message.replace(OUR_WEBHOOK, '');
}
