import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AuditFile, type AuditFileOptions } from '../../src/audit/audit-file.ts';

let directory: string;
let path: string;
let said: { level: number; msg: string; lost?: number }[];
let lost: number;
let file: AuditFile;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'davylamp-audit-'));
  path = join(directory, 'audit.jsonl');
  said = [];
  lost = 0;
});
afterEach(async () => {
  await file.close();
  rmSync(directory, { recursive: true });
});

function opened(changes: Partial<AuditFileOptions> = {}): AuditFile {
  const log = pino({ base: null }, { write: (line: string) => said.push(JSON.parse(line)) });
  const onLost = (records: number) => {
    lost += records;
  };
  file = new AuditFile({ path, log, onLost, retryMs: 1, lookMs: 0, ...changes });
  return file;
}

const content = (of = path) => readFileSync(of, 'utf8');
/** As soon as the file is so. */
const until = (wanted: string, of = path) => vi.waitFor(() => expect(content(of)).toBe(wanted), { interval: 5 });
const errors = () => said.filter(({ level }) => level >= 50);

describe('the audit file', () => {
  it('is appended to, in order, and what was there stays', async () => {
    opened().write('1\n');
    await file.close();
    opened();
    for (let number = 2; number <= 500; number += 1) file.write(`${number}\n`);
    await file.close();
    expect(content().split('\n').slice(0, -1).map(Number)).toEqual(Array.from({ length: 500 }, (_, i) => i + 1));
    expect(said).toEqual([]);
    expect(lost).toBe(0);
    expect(statSync(path).mode & 0o007).toBe(0);
  });

  it('is made anew once it was renamed or deleted, as by logrotate', async () => {
    opened().write('1\n');
    await until('1\n');
    renameSync(path, `${path}.1`);
    file.write('2\n');
    await until('2\n');
    expect(content(`${path}.1`)).toBe('1\n');
    unlinkSync(path);
    file.write('3\n');
    await until('3\n');
    expect(said).toEqual([]);
  });

  it('that was emptied in place is written from its beginning', async () => {
    opened().write('1\n');
    await until('1\n');
    truncateSync(path);
    file.write('2\n');
    await until('2\n');
  });

  it('on a full disk is said once; lines wait, what is too much is counted, and it goes on when there is room', async () => {
    symlinkSync('/dev/full', path);
    opened({ mostBytes: 30 });
    for (let number = 0; number < 10; number += 1) file.write(`line ${number} ...\n`);
    await vi.waitFor(() => expect(errors()).toHaveLength(1), { interval: 5 });
    expect(errors()[0]?.msg).toMatch(/^the audit file cannot be written; .* Make room/);
    expect(lost).toBe(8);
    unlinkSync(path);
    await until('line 0 ...\nline 1 ...\n');
    await vi.waitFor(() => expect(said.at(-1)).toMatchObject({ msg: 'the audit file is written again', lost: 8 }));
    expect(errors()).toHaveLength(1);

    symlinkSync('/dev/full', `${path}.full`);
    renameSync(`${path}.full`, path);
    file.write('next\n');
    await vi.waitFor(() => expect(errors()).toHaveLength(2), { interval: 5 });
  });

  it('in a directory that is not there is said, and written when it is', async () => {
    const missing = join(directory, 'later', 'audit.jsonl');
    opened({ path: missing }).write('1\n');
    await vi.waitFor(() => expect(errors()).toHaveLength(1), { interval: 5 });
    mkdirSync(join(directory, 'later'));
    await until('1\n', missing);
  });

  it('that cannot be written keeps nobody from ending, and what is left is counted', async () => {
    symlinkSync('/dev/full', path);
    opened({ retryMs: 3_600_000 });
    file.write('1\n');
    file.write('2\n');
    await vi.waitFor(() => expect(errors()).toHaveLength(1), { interval: 5 });
    await file.close();
    file.write('3\n');
    expect(lost).toBe(3);
  });
});
