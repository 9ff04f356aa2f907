import type { CaptureFrame } from '../../../../protocol/result.ts';
import type { CapturedField, CapturedValue } from '../../../../protocol/value.ts';
import { isRedactedName } from '../../../../redaction/identifiers.ts';
import type { RawCapture, RawFrame } from '../../channel/raw-values.ts';
import { nameFunction, renameFunction, renameReceiver, renameVariables } from '../sources/names/captured-names.ts';
import type { Naming } from '../sources/names/naming.ts';
import type { Scripts } from '../sources/scripts.ts';

const MAX_FUNCTION_NAME = 256;
const MAX_LOCATION = 600;

/**
 * A frame as people know it: positions and names of the source. Variables of a mapped script whose names cannot be told are
 * left out, since one of them may have a name that is to be redacted.
 */
export function formFrame(frame: RawFrame, scripts: Scripts, naming: Naming): CaptureFrame {
  const { scriptId, url } = frame;
  const names = naming.get(scriptId);
  const location = scripts.show(scriptId, frame, url).slice(0, MAX_LOCATION);
  if (names?.map === undefined) {
    const isKnown = !naming.isMapped(scriptId);
    return {
      function: frame.functionName.slice(0, MAX_FUNCTION_NAME),
      location,
      this: frame.this,
      locals: isKnown ? frame.locals : undefined,
      closure: isKnown ? frame.closure : undefined,
    };
  }
  const { locals, closure } = renameVariables(frame, names, frame);
  return {
    function: renameFunction(frame.functionName, names, frame).slice(0, MAX_FUNCTION_NAME),
    location,
    this: frame.this && renameReceiver(frame.this, names, frame),
    locals: locals?.map(hidden),
    closure: closure?.map(hidden),
  };
}

/** The async functions that wait for those of the stack: `async OrderService.place`. */
export function formAsyncFrames({ asyncFrames = [] }: RawCapture, scripts: Scripts, naming: Naming): CaptureFrame[] {
  return asyncFrames.map((frame) => {
    const scriptId = scripts.named(frame.url)?.info.scriptId ?? '';
    const names = naming.get(scriptId);
    const known = names === undefined ? frame.functionName : nameFunction(frame.functionName, names, frame);
    return {
      function: `async ${known || '(anonymous)'}`.slice(0, MAX_FUNCTION_NAME),
      location: scripts.show(scriptId, frame, frame.url).slice(0, MAX_LOCATION),
    };
  });
}

/** Hides a value that is known to be a secret only by the name that it has in the source. */
function hidden(field: CapturedField): CapturedField {
  if (field.value.notCaptured === 'redacted' || !isRedactedName(field.name)) return field;
  return { name: field.name, value: { type: field.value.type, notCaptured: 'redacted' } };
}

/** @returns an object with its private fields behind the others, as `#total`. */
export function withPrivates(object: CapturedValue, privates: readonly CapturedField[]): CapturedValue {
  const fields = privates.map(({ name, value }) => ({ name: `#${name}`, value }));
  return { ...object, fields: [...(object.fields ?? []), ...fields] };
}
