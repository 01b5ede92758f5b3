import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { contradictionIn, removeContradictions } from './contradictions.ts';
import { searchFolders } from './folders.ts';
import {
  type DoneLine,
  type EpochLine,
  type EvaluationLine,
  type FailedLine,
  lineSchema,
  type PictureLine,
  type RunLogLine,
  type StartLine,
  type TopologyLine,
} from './schema.ts';
import { afterUnsealed, readSeal, runOf } from './seal.ts';

/** A run as its log tells it. */
export interface RunLog {
  /** The run folder. */
  directory: string;
  /** What the run started with. */
  start: StartLine;
  /** One line for each finished epoch, as logged. */
  epochs: EpochLine[];
  /** One line for each topology update. */
  topology: TopologyLine[];
  /** Pieces of topologies, to be drawn: one an epoch, up to the first that is missing, as each is seen against those before it. */
  pictures: PictureLine[];
  /** Models of the finished run that were evaluated afterwards. */
  evaluations: EvaluationLine[];
  /** Present when the run finished. */
  done?: DoneLine;
  /** Present when the run failed and was not resumed since. */
  failed?: FailedLine;
  /** Lines that are not what the run wrote, and what is missing, with their number (1 for the first) and the reason. */
  damaged: { line: number; reason: string }[];
}

/** A folder that looks like a run but has no readable log. */
export interface UnreadableRun {
  /** The folder. */
  directory: string;
  /** Why its log cannot be read. */
  reason: string;
}

/**
 * Reads `log.jsonl` of a run folder. A line that was cut, changed, doubled or is another run's is reported in `damaged` and
 * the rest is read on; so is a place where lines are missing. Lines from before there were seals are checked for what
 * they contradict. A log without a readable start line is an `UnreadableRun`.
 */
export function readRunLog(directory: string): RunLog | UnreadableRun {
  let text: string;
  try {
    text = readFileSync(join(directory, 'log.jsonl'), 'utf8');
  } catch (error) {
    return { directory, reason: `log.jsonl cannot be read: ${(error as Error).message}` };
  }
  const lines = new Map<RunLogLine, number>();
  const damaged: RunLog['damaged'] = [];
  let sealed = false;
  for (const { number, line, isSealed, reason } of checkedLines(text)) {
    sealed ||= isSealed;
    if (reason !== undefined) damaged.push({ line: number, reason });
    if (line !== undefined) lines.set(line, number);
  }
  const run = collect(directory, [...lines.keys()], damaged);
  if (!('start' in run)) return run;
  const other = otherSpec(directory, run.start.run);
  if (other !== undefined) return { directory, reason: other };
  if (!sealed) removeContradictions(run, line => lines.get(line)!);
  return run;
}

/** Why the log is not that of the run whose spec lies beside it; undefined where it is, or where no spec can be read. */
function otherSpec(directory: string, run: string): string | undefined {
  try {
    const { hash } = JSON.parse(readFileSync(join(directory, 'spec.json'), 'utf8'));
    const digits = String(hash).slice(0, 12);
    if (!/^[0-9a-f]{12}$/.test(digits) || run.endsWith(digits)) return undefined;
    return `log.jsonl is of the run ${run}, and spec.json beside it of another, ${digits}`;
  } catch {
    return undefined;
  }
}

interface CheckedLine {
  /** 1 for the first. */
  number: number;
  /** Absent where it cannot be used. */
  line?: RunLogLine;
  isSealed: boolean;
  /** What is wrong with the line, or with its place. */
  reason?: string;
}

function checkedLines(text: string): CheckedLine[] {
  const texts = text.split(/\r*\n/);
  const seals = sealsOf(texts);
  const whole = seals.filter(({ kind }) => kind === 'whole').length;
  const lastLine = texts.findLastIndex(each => each !== '');
  const foreign = seals.filter(({ kind }, index) => kind === 'broken' && index < lastLine).length;
  // A start line that no other line belongs to is most likely another run's. A last line that is cut says nothing.
  if (whole === 1 && foreign > 0) {
    return [{ number: 1, isSealed: true, reason: 'no line is of the run that the start line names' }];
  }
  const firstSealed = seals.findIndex(({ kind }) => kind !== 'none');
  const prefix = firstSealed < 0 ? undefined : statedAfter(seals[firstSealed]);
  const known = new Map<string, number>();
  let before: string | undefined = '';
  return texts.flatMap((each, index): CheckedLine[] => {
    if (each === '') return [];
    const number = index + 1;
    const seal = seals[index];
    const isSealed = seal.kind !== 'none';
    const follows = before;
    // Whatever is wrong with a line, the next one is measured by the seal that it states.
    before = 'seal' in seal ? seal.seal?.check : undefined;
    if (seal.kind === 'broken') return [{ number, isSealed, reason: 'not what the run wrote: it was changed or cut' }];
    if (seal.kind === 'none') {
      if (firstSealed < 0) return [{ number, isSealed, ...parseLine(each, true) }];
      if (index > firstSealed || !prefix?.startsWith('unsealed:')) return [{ number, isSealed, reason: 'has no seal' }];
      const whole = prefix === afterUnsealed(Buffer.from(`${texts.slice(0, firstSealed).join('\n')}\n`));
      return [whole ? { number, isSealed, ...parseLine(each, true) } : { number, isSealed, reason: 'was changed' }];
    }
    const { after, check } = seal.seal;
    const first = known.get(check);
    if (first !== undefined) return [{ number, isSealed, reason: `is line ${first} again` }];
    known.set(check, number);
    const inPlace = follows === undefined || after === follows;
    const read = parseLine(each, false);
    return [{ number, isSealed, ...(!inPlace && { reason: 'lines are missing before it, or out of order' }), ...read }];
  });
}

/** The seals of all lines, for the run of whose start line most others are. */
function sealsOf(texts: readonly string[]): ReturnType<typeof readSeal>[] {
  const starts = texts.filter(text => text.startsWith('{"type":"start"')).map(runOf);
  const whole = (seals: ReturnType<typeof readSeal>[]) => seals.filter(({ kind }) => kind === 'whole').length;
  return [...new Set([...starts, runOf(texts[0])])]
    .map(run => texts.map(text => readSeal(text, run)))
    .reduce((most, seals) => (whole(seals) > whole(most) ? seals : most));
}

function statedAfter(seal: ReturnType<typeof readSeal>): string | undefined {
  return 'seal' in seal ? seal.seal?.after : undefined;
}

function collect(directory: string, lines: readonly RunLogLine[], damaged: RunLog['damaged']): RunLog | UnreadableRun {
  const of = <T extends RunLogLine['type']>(type: T) =>
    lines.filter((line): line is Extract<RunLogLine, { type: T }> => line.type === type);
  const start = of('start').at(-1);
  if (start === undefined) {
    const [first] = damaged;
    const why = first?.line === 1 ? ` (line 1: ${first.reason})` : '';
    return { directory, reason: `log.jsonl has no readable start line${why}` };
  }
  // Whatever was trained after a failure shows that the run went on.
  const last = lines.findLast(({ type }) => type !== 'picture' && type !== 'evaluation');
  return {
    directory,
    start,
    epochs: of('epoch'),
    topology: of('topology'),
    pictures: withoutGap(of('picture')),
    evaluations: of('evaluation'),
    done: of('done').at(-1),
    failed: last?.type === 'failed' ? last : undefined,
    damaged,
  };
}

/** The pictures from the start of the run, epoch 0, to the last before one is missing. */
function withoutGap(pictures: PictureLine[]): PictureLine[] {
  const there = new Set(pictures.map(({ epoch }) => epoch));
  let next = 0;
  while (there.has(next)) next++;
  return pictures.filter(({ epoch }) => epoch < next);
}

/** Whether an epoch is missing before the last one that is there: the best of those left need not be the run's best. */
export function lacksEpochs(epochs: readonly Pick<EpochLine, 'epoch'>[]): boolean {
  return new Set(epochs.map(({ epoch }) => epoch)).size < Math.max(0, ...epochs.map(({ epoch }) => epoch));
}

/**
 * The epoch whose model would be tested if the run ended now: the last that the run called its best. Undefined before there
 * is one, as while the model is still being pruned, and where an epoch is missing.
 */
export function bestSoFar(epochs: readonly EpochLine[]): EpochLine | undefined {
  return lacksEpochs(epochs) ? undefined : epochs.findLast(({ best }) => best);
}

/**
 * All runs in a folder: its direct children that hold a log.jsonl, in order of their names, each once. None where the folder
 * is missing or cannot be listed.
 */
export function readRuns(root: string): { runs: RunLog[]; unreadable: UnreadableRun[] } {
  const logs = searchFolders([root], 1)
    .filter(({ directory, names }) => directory !== root && names.has('log.jsonl'))
    .map(({ directory }) => readRunLog(directory));
  return {
    runs: logs.filter(log => 'start' in log),
    unreadable: logs.filter(log => 'reason' in log),
  };
}

/** @param doubt whether nothing else vouches for the line's numbers. */
function parseLine(line: string, doubt: boolean): { line?: RunLogLine; reason?: string } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { reason: 'not a whole JSON value' };
  }
  const result = lineSchema.safeParse(value);
  if (!result.success) {
    const issue = result.error.issues[0];
    return { reason: `${issue.path.join('.') || 'line'}: ${issue.message}` };
  }
  const reason = doubt ? contradictionIn(result.data) : undefined;
  return reason === undefined ? { line: result.data } : { reason };
}
