import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AuditLog } from '../../src/audit/audit-log.ts';
import { deniedEntry } from '../../src/audit/denied.ts';
import { type AuditRecord, auditRecordSchema, MOST_GROUPS, MOST_NAMED, MOST_TEXT } from '../../src/audit/record.ts';
import { auditedDenials } from '../../src/audit/subject.ts';
import { log } from '../policy/fixtures.ts';

const NOW = Date.parse('2026-11-21T10:00:00Z');
/** Everything at which some reader of texts ends a line. */
const LINE_ENDS = ['\n', '\r', '\v', '\f', '\u001c', '\u001d', '\u001e', '\u0085', '\u2028', '\u2029'];

function written(who: { username: string; groups: string[] }, probe = log()): { lines: string[]; record: AuditRecord } {
  const lines: string[] = [];
  const audit = new AuditLog({
    writers: [{ write: (line) => lines.push(line) }],
    onRecord: () => undefined,
    now: () => NOW,
  });
  const denials = [{ policy: who.username, rule: who.username, field: 'spec', message: 'canary' }];
  audit.write(deniedEntry({ requestUID: 'r-1', operation: 'CREATE', probe, requester: who, denials }));
  return { lines, record: auditRecordSchema.parse(JSON.parse(lines[0] ?? '')) };
}

it('a record is one line of JSON that says of which stream it is, when it was written and what it is about', () => {
  const { lines, record } = written({ username: 'ann', groups: ['developers'] });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(
    /^\{"stream":"audit","time":"2026-11-21T10:00:00.000Z","step":"Denied","id":"[0-9a-f]{32}",/,
  );
  expect(record).toMatchObject({
    probe: { kind: 'DynamicLog', namespace: 'shop', name: 'asked', uid: 'u-1' },
    requester: { username: 'ann', groups: ['developers'] },
    location: { file: 'src/orders.ts', line: 42 },
    reason: 'PolicyDenied',
    denials: [{ policy: 'ann', rule: 'ann', field: 'spec' }],
  });
});

it('whatever somebody is called, a record stays one line for every reader, and says what they are called', () => {
  const name = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.constantFrom('a\nb', 'x\u2028y', '\u0085', '\u202e', '"}\n{"stream":"audit"', '\ud800'),
  );
  fc.assert(
    fc.property(name, fc.array(name, { maxLength: 5 }), (username, groups) => {
      const { lines, record } = written({ username, groups });
      expect(lines[0]?.endsWith('}\n')).toBe(true);
      const body = lines[0]?.slice(0, -1);
      expect(LINE_ENDS.filter((end) => body?.includes(end))).toEqual([]);
      expect(record.requester?.username).toBe(username);
      expect(record.requester?.groups ?? []).toEqual(groups);
    }),
  );
});

it('a record is bounded, and says how much of it was left out', () => {
  const groups = Array.from({ length: 1000 }, (_, index) => `group-${index}-${'x'.repeat(2000)}`);
  const { lines, record } = written({ username: 'u'.repeat(100_000), groups });
  expect(record.requester?.username).toHaveLength(MOST_TEXT);
  expect(record.requester).toMatchObject({ otherGroups: 1000 - MOST_GROUPS });
  expect(lines[0]?.length).toBeLessThan(100_000);
  const denials = Array.from({ length: 100 }, () => ({ policy: 'p', field: 'spec', message: 'm' }));
  expect(auditedDenials(denials)).toMatchObject({ otherDenials: 100 - MOST_NAMED });
  expect(auditedDenials(denials).denials).toHaveLength(MOST_NAMED);
});

it('nothing of what the probe says or looks for is in it but the place', () => {
  const asked = log({ message: 'canary {canary}', condition: 'canary === "canary"' });
  expect(written({ username: 'ann', groups: [] }, asked).lines.join()).not.toContain('canary');
});
