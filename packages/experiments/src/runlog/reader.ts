import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  type DoneLine,
  type EpochLine,
  type EvaluationLine,
  type FailedLine,
  lineSchema,
  type PictureLine,
  type StartLine,
  type TopologyLine,
} from './schema.ts';

/** A run as its log tells it. */
export interface RunLog {
  /** The run folder. */
  directory: string;
  start: StartLine;
  epochs: EpochLine[];
  topology: TopologyLine[];
  pictures: PictureLine[];
  /** Models of the finished run that were evaluated afterwards. */
  evaluations: EvaluationLine[];
  /** Present when the run finished. */
  done?: DoneLine;
  /** Present when the run failed and was not resumed since. */
  failed?: FailedLine;
  /** Lines that could not be read, with their number (1 for the first) and the reason. */
  damaged: { line: number; reason: string }[];
}

/** A folder that looks like a run but has no readable log. */
export interface UnreadableRun {
  directory: string;
  reason: string;
}

/**
 * Reads `log.jsonl` of a run folder. A cut or foreign line is reported in `damaged` and the rest is read on; a log
 * without a readable start line is an `UnreadableRun`.
 */
export function readRunLog(directory: string): RunLog | UnreadableRun {
  let text: string;
  try {
    text = readFileSync(join(directory, 'log.jsonl'), 'utf8');
  } catch (error) {
    return { directory, reason: `log.jsonl cannot be read: ${(error as Error).message}` };
  }
  const run: Omit<RunLog, 'start'> & { start?: StartLine } = {
    directory,
    epochs: [],
    topology: [],
    pictures: [],
    evaluations: [],
    damaged: [],
  };
  text.split('\n').forEach((line, index) => {
    if (line === '') return;
    const parsed = parseLine(line);
    if ('reason' in parsed && !('type' in parsed)) {
      run.damaged.push({ line: index + 1, reason: parsed.reason });
      return;
    }
    switch (parsed.type) {
      case 'start':
        run.start = parsed;
        break;
      case 'epoch':
        run.epochs.push(parsed);
        break;
      case 'topology':
        run.topology.push(parsed);
        break;
      case 'picture':
        run.pictures.push(parsed);
        break;
      case 'evaluation':
        run.evaluations.push(parsed);
        break;
      case 'done':
        run.done = parsed;
        break;
      case 'failed':
        run.failed = parsed;
        break;
      case 'resume':
        run.failed = undefined;
        break;
    }
  });
  if (run.start === undefined) return { directory, reason: 'log.jsonl has no readable start line' };
  return { ...run, start: run.start };
}

/** All runs below a folder: its direct children that hold a log.jsonl, in order of their names. */
export function readRuns(root: string): { runs: RunLog[]; unreadable: UnreadableRun[] } {
  const runs: RunLog[] = [];
  const unreadable: UnreadableRun[] = [];
  for (const name of readdirSync(root).sort()) {
    const directory = join(root, name);
    if (!statSync(directory).isDirectory() || !readdirSync(directory).includes('log.jsonl')) continue;
    const run = readRunLog(directory);
    if ('start' in run) runs.push(run);
    else unreadable.push(run);
  }
  return { runs, unreadable };
}

function parseLine(line: string) {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { reason: 'not a whole JSON value' };
  }
  const result = lineSchema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  return { reason: `${issue.path.join('.') || 'line'}: ${issue.message}` };
}
