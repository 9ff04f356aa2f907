import { KINDS, PROBE_KINDS, type ProbeKind } from '../api/kinds.ts';
import { CommandError, EXIT } from './exit.ts';

/** Parses KIND/NAME as kubectl does: kind, plural, singular or short name, in any case, with or without the group. */
export function parseProbeName(text: string): { kind: ProbeKind; name: string } {
  const [type = '', name = '', ...rest] = text.split('/');
  const word = type.toLowerCase().replace(/(\.v1alpha1)?\.davylamp\.dev$/, '');
  const kind = PROBE_KINDS.find((known) => {
    const { plural, singular, shortNames } = KINDS[known];
    return [plural, singular, ...shortNames].some((other) => other === word);
  });
  if (kind === undefined || name === '' || rest.length > 0) {
    const kinds = PROBE_KINDS.map((known) => KINDS[known].singular).join(', ');
    throw new CommandError(
      `"${text}" is not KIND/NAME, for example dynamiclog/large-orders; kinds are ${kinds}`,
      EXIT.usage,
    );
  }
  return { kind, name };
}
