import { createHash } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { UsageError } from '../specs/usageError.ts';
import type { RunLogLine } from './schema.ts';
import { afterUnsealed, readSeal, runOf, sealLine } from './seal.ts';

/** How far a log had come at some moment. Kept in the checkpoint, so that both can be brought together again. */
export interface LogMark {
  bytes: number;
  /** SHA-256 of these bytes. */
  sha256: string;
}

/**
 * Appends lines to a run log, each with its seal. A line is handed to the system as a whole, so a killed process loses
 * none.
 */
export class RunLogWriter {
  readonly path: string;
  private readonly file: number;
  private readonly guard: () => void;
  private readonly hash = createHash('sha256');
  private bytes = 0;
  /** Name of the run, and the seal of its last line. */
  private run = '';
  private after = '';

  private constructor(path: string, file: number, guard: () => void) {
    this.path = path;
    this.file = file;
    this.guard = guard;
  }

  /**
   * Opens the log at `path`; a new or emptied one without a mark. With a mark, everything written after it is cut off:
   * the training that wrote it is done again from the checkpoint, and writes the same lines again.
   *
   * @param guard called before every line; where it throws, as `RunLock.check` does once the log is another process's, the
   *   line is not written.
   * @throws UsageError if the log is shorter than the mark says, or says something else up to it.
   */
  static open(path: string, guard: () => void, mark?: LogMark): RunLogWriter {
    if (mark === undefined) return new RunLogWriter(path, openSync(path, 'w'), guard);
    const kept = existsSync(path) ? readFileSync(path).subarray(0, mark.bytes) : Buffer.alloc(0);
    const found = createHash('sha256').update(kept).digest('hex');
    if (kept.length !== mark.bytes || found !== mark.sha256) {
      const what =
        kept.length !== mark.bytes
          ? `${mark.bytes} bytes, got ${kept.length}`
          : 'the lines that the run wrote, got others';
      throw new UsageError(
        `The log ${path} does not belong to the checkpoint beside it: expected ${what}. ` +
          'Put the log back as it was, or start the run afresh with --fresh.',
      );
    }
    const writer = new RunLogWriter(path, openSync(path, 'r+'), guard);
    ftruncateSync(writer.file, mark.bytes);
    writer.bytes = mark.bytes;
    writer.hash.update(kept);
    writer.goOnAfter(kept);
    return writer;
  }

  /**
   * The mark of a whole log, as a finished run leaves it. A line that was cut at its end is not counted.
   *
   * @throws UsageError if the log cannot be read.
   */
  static markOf(path: string): LogMark {
    let bytes: Buffer;
    try {
      bytes = readFileSync(path);
    } catch (error) {
      throw new UsageError(`The log of the run cannot be read: ${(error as Error).message}. Put ${path} back.`);
    }
    const whole = bytes.subarray(0, bytes.lastIndexOf(10) + 1);
    return { bytes: whole.length, sha256: createHash('sha256').update(whole).digest('hex') };
  }

  append(line: RunLogLine): void {
    this.guard();
    if (line.type === 'start') this.run = line.run;
    const { text, seal } = sealLine(line, this.run, this.after);
    const bytes = Buffer.from(`${text}\n`);
    for (let at = 0; at < bytes.length; ) {
      at += writeSync(this.file, bytes, at, bytes.length - at, this.bytes + at);
    }
    this.bytes += bytes.length;
    this.hash.update(bytes);
    this.after = seal.check;
  }

  /** The mark of everything appended so far, after it has reached the disk. */
  mark(): LogMark {
    fsyncSync(this.file);
    return { bytes: this.bytes, sha256: this.hash.copy().digest('hex') };
  }

  close(): void {
    closeSync(this.file);
  }

  private goOnAfter(kept: Buffer): void {
    const lines = kept.toString('utf8').trimEnd().split('\n');
    this.run = runOf(lines[0]);
    const last = readSeal(lines.at(-1)!, this.run);
    this.after = last.kind === 'whole' ? last.seal.check : afterUnsealed(kept);
  }
}
