import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunLogLine } from './schema.ts';
import { afterUnsealed, sealLine } from './seal.ts';
import { RunLogWriter } from './writer.ts';

const line = (step: number): RunLogLine => ({
  type: 'failed',
  time: '2026-01-01T00:00:00.000Z',
  step,
  reason: 'naïve',
});
/** The log of these lines. */
function text(...steps: number[]): string {
  let after = '';
  return steps
    .map(step => {
      const sealed = sealLine(line(step), '', after);
      after = sealed.seal.check;
      return `${sealed.text}\n`;
    })
    .join('');
}

/** The log is nobody else's. */
const owned = () => {};
let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'log-'));
  path = join(directory, 'log.jsonl');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('RunLogWriter', () => {
  it('cuts off what was written after the mark, and goes on there', () => {
    const first = RunLogWriter.open(path, owned);
    first.append(line(1));
    const mark = first.mark();
    first.append(line(2));
    first.close();
    writeFileSync(path, `${readFileSync(path, 'utf8')}{"type":"ep`);

    const second = RunLogWriter.open(path, owned, mark);
    expect(readFileSync(path, 'utf8')).toBe(text(1));
    second.append(line(3));
    const later = second.mark();
    second.close();
    expect(readFileSync(path, 'utf8')).toBe(text(1, 3));
    RunLogWriter.open(path, owned, later).close();
    expect(readFileSync(path, 'utf8')).toBe(text(1, 3));
  });

  it('starts an empty log without a mark', () => {
    writeFileSync(path, 'left over\n');
    RunLogWriter.open(path, owned).close();
    expect(readFileSync(path, 'utf8')).toBe('');
  });

  it('goes on with a log from before there were seals, and vouches for what it found', () => {
    const old = `${JSON.stringify(line(1))}\n${JSON.stringify(line(2))}\n`;
    writeFileSync(path, old);
    const writer = RunLogWriter.open(path, owned, RunLogWriter.markOf(path));
    writer.append(line(3));
    writer.append(line(4));
    writer.close();
    const lines = readFileSync(path, 'utf8').split('\n');
    const third = sealLine(line(3), '', afterUnsealed(Buffer.from(old)));
    expect(lines.slice(2, 4)).toEqual([third.text, sealLine(line(4), '', third.seal.check).text]);
  });

  it('refuses a log that is missing, cut before the mark, or changed before it', () => {
    const writer = RunLogWriter.open(path, owned);
    writer.append(line(1));
    writer.append(line(2));
    const mark = writer.mark();
    writer.close();
    writeFileSync(path, text(1));
    expect(() => RunLogWriter.open(path, owned, mark)).toThrow(
      /log\.jsonl does not belong to the checkpoint.*--fresh/s,
    );
    expect(readFileSync(path, 'utf8')).toBe(text(1));
    writeFileSync(path, text(1, 3));
    expect(() => RunLogWriter.open(path, owned, mark)).toThrow(/got others/);
    rmSync(path);
    expect(() => RunLogWriter.open(path, owned, mark)).toThrow(/got 0/);
  });
});
