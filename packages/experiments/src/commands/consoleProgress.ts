import { tellTexts } from '../run/corpusNotes.ts';
import type { Progress } from '../run/types.ts';
import type { EpochLine } from '../runlog/schema.ts';
import { count, duration, percent, perplexity, shortPath } from './format.ts';

const TERMINAL_MS = 100;
const PLAIN_MS = 30_000;

/** Where progress is written to: a terminal gets one line that changes, anything else plain lines. */
export interface ProgressStream {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

/** Tells a person how a run comes along, with the time that is left. */
export class ConsoleProgress implements Progress {
  private readonly stream: ProgressStream;
  private readonly clock: () => number;
  private begun = 0;
  private firstStep = -1;
  private shown = 0;
  private told: number;
  private lineOpen = false;
  private classifies = false;

  constructor(stream: ProgressStream, clock = () => performance.now()) {
    this.stream = stream;
    this.clock = clock;
    this.told = clock();
  }

  begin({
    directory,
    spec,
    engine,
    dataset,
    startsDense,
    resumedAt,
  }: Parameters<NonNullable<Progress['begin']>>[0]): void {
    const threads = engine.threads === 1 ? '1 thread' : `${engine.threads} threads`;
    const density = spec.density === 1 ? '' : `, density ${spec.density}`;
    const how = resumedAt === undefined ? 'training' : `going on at step ${resumedAt} with`;
    this.line(`${how} ${spec.preset}: ${spec.method}${density}, seed ${spec.seed}, in ${shortPath(directory)}`);
    this.line(`engine ${engine.name}, ${threads} (${engine.reason})`);
    if (startsDense) {
      this.line(
        `${spec.method} starts dense and prunes to density ${spec.density}: memory is that of the dense model at first`,
      );
    }
    if (resumedAt === undefined) for (const line of tellTexts(dataset)) this.line(line);
    this.classifies = spec.task === 'classification';
    this.begun = this.clock();
    this.shown = this.begun;
  }

  step({ epoch, epochs, step, of, loss }: Parameters<NonNullable<Progress['step']>>[0]): void {
    const now = this.clock();
    if (this.firstStep < 0) this.firstStep = step - 1;
    if (now - this.shown < (this.stream.isTTY ? TERMINAL_MS : PLAIN_MS)) return;
    this.shown = now;
    const left = ((now - this.begun) / (step - this.firstStep)) * (of - step);
    const reached = this.classifies ? `loss ${loss.toFixed(3)}` : `perplexity ${perplexity(Math.exp(loss))}`;
    this.update(`epoch ${epoch}/${epochs}, step ${step}/${of}, training ${reached}, ${duration(left / 1000)} left`);
  }

  evaluation({ part, done, of }: Parameters<NonNullable<Progress['evaluation']>>[0]): void {
    const now = this.clock();
    if (!this.stream.isTTY || now - this.shown < TERMINAL_MS) return;
    this.shown = now;
    this.update(`${part} ${Math.round((100 * done) / of)}%`);
  }

  epoch(line: EpochLine, epochs: number): void {
    const { epoch, tokensPerSecond, trainSeconds, best } = line;
    const speed = `${count(tokensPerSecond)} tokens/s`;
    this.line(
      `epoch ${String(epoch).padStart(String(epochs).length)}/${epochs}  ${quality(line)}${best ? ' (best)' : ''}  ` +
        `${duration(trainSeconds)}, ${speed}`,
    );
  }

  end(): void {
    this.clear();
  }

  /** A line that stays. */
  line(text: string): void {
    this.clear();
    this.stream.write(`${text}\n`);
  }

  /** A text that the next one replaces; nothing where that cannot be done. */
  transient(text: string): void {
    if (this.stream.isTTY) this.update(text);
  }

  /** What is being done, of something that may take minutes: as `transient`, but elsewhere one text in 30 seconds stays. */
  underWay(text: string): void {
    const now = this.clock();
    if (!this.stream.isTTY && now - this.told < PLAIN_MS) return;
    this.told = now;
    this.update(text);
  }

  private update(text: string): void {
    if (!this.stream.isTTY) {
      this.line(text);
      return;
    }
    const width = (this.stream.columns ?? 80) - 1;
    this.stream.write(`\r\x1b[2K${text.slice(0, width)}`);
    this.lineOpen = true;
  }

  private clear(): void {
    if (this.lineOpen) this.stream.write('\r\x1b[2K');
    this.lineOpen = false;
  }
}

/** How well an epoch's model does, on training and validation part. */
function quality(line: EpochLine): string {
  const { trainLoss, trainPerplexity, validationLoss, validationPerplexity, validationAccuracy } = line;
  if (validationAccuracy === undefined) {
    return `perplexity: training ${perplexity(trainPerplexity)}, validation ${perplexity(validationPerplexity)}`;
  }
  const losses = `loss: training ${trainLoss.toFixed(3)}, validation ${validationLoss.toFixed(3)}`;
  return `${losses}, accuracy ${percent(validationAccuracy)}`;
}
