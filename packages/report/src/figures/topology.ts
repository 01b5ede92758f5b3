import type { Run, Task } from '../load/run.ts';
import { runLabel, type Study } from '../load/study.ts';
import { taskId } from '../tables/identity.ts';
import { firstSeeds, mostTelling, runIdentity, runIdentityColumns } from './series.ts';
import type { Figure, TopologyPictures, Variant } from './types.ts';

/** Runs whose pictures go into the page: one bit per position and epoch each, so this bounds the page's size. */
const MOST_RUNS = 24;

/** What a position of the window is, seen from one epoch. */
export interface TopologyCounts {
  /** Active at the start and now. */
  initial: number;
  /** Active now and in the last picture, but not at the start. */
  grownEarlier: number;
  /** Active now, not in the last picture, not at the start. */
  grownNow: number;
  /** Active at some time, not now. */
  dropped: number;
  /** Never active in any picture so far. */
  never: number;
}

/** How the topology of one matrix changes: a picture per epoch, one run at a time; undefined where no log has pictures. */
export function topologyFigure(task: Task, studies: readonly Study[]): Figure | undefined {
  const all = studies.flatMap(study =>
    study.settings.flatMap(setting =>
      setting.runs
        .filter(run => run.pictures.length > 0)
        .map((run, index) => ({ run, index, label: runLabel(setting, run, studies.length > 1 ? study : undefined) })),
    ),
  );
  if (all.length === 0) return undefined;
  const shown = firstSeeds(all, MOST_RUNS);
  const left = all.length - shown.length;
  return {
    id: taskId('topology', task),
    title: 'Topology of one matrix',
    caption:
      'One cell per position of a window of the matrix: where a connection is, was, or has never been. “Explored” counts ' +
      'all positions that were active in some picture. Drag the slider, or choose a small picture.' +
      (left > 0 ? ` ${left} more runs have pictures in their logs.` : ''),
    kind: 'topology',
    initial: mostTelling(shown.map(({ run }) => run)),
    variants: shown.map(
      ({ run, label }): Variant<TopologyPictures> => ({ label, anchor: run.anchor, content: pictures(run) }),
    ),
    csv: {
      columns: [
        ...runIdentityColumns,
        'matrix',
        'window_rows',
        'window_cols',
        'epoch',
        'active_since_start',
        'grown_earlier',
        'grown_now',
        'dropped',
        'never_active',
        'active_positions',
      ],
      rows: shown.flatMap(({ run }) => {
        const counts = topologyCounts(run);
        return run.pictures.map((picture, index) => [
          ...runIdentity(run),
          picture.matrix,
          picture.rows,
          picture.cols,
          picture.epoch,
          counts[index].initial,
          counts[index].grownEarlier,
          counts[index].grownNow,
          counts[index].dropped,
          counts[index].never,
          picture.active.join(' '),
        ]);
      }),
    },
  };
}

/** Counts the kinds of positions in each picture of a run, in the pictures' order. */
export function topologyCounts(run: Run): TopologyCounts[] {
  const first = new Set(run.pictures[0]?.active);
  const ever = new Set<number>();
  let previous = first;
  return run.pictures.map(picture => {
    const now = new Set(picture.active);
    const counts: TopologyCounts = { initial: 0, grownEarlier: 0, grownNow: 0, dropped: 0, never: 0 };
    for (const position of now) {
      if (first.has(position)) counts.initial++;
      else if (previous.has(position)) counts.grownEarlier++;
      else counts.grownNow++;
      ever.add(position);
    }
    counts.dropped = ever.size - now.size;
    counts.never = picture.rows * picture.cols - ever.size;
    previous = now;
    return counts;
  });
}

function pictures(run: Run): TopologyPictures {
  const { matrix: name, rows, cols } = run.pictures[0];
  const matrix = run.start.matrices.find(candidate => candidate.name === name);
  return {
    matrix: name,
    rows,
    cols,
    matrixRows: matrix?.rows ?? rows,
    matrixCols: matrix?.cols ?? cols,
    epochs: run.pictures.map(picture => picture.epoch),
    active: run.pictures.map(picture => bitSet(picture.active, rows * cols)),
  };
}

/** Base64 of a bit set of positions below `size`. */
function bitSet(positions: readonly number[], size: number): string {
  const bits = new Uint8Array(Math.ceil(size / 8));
  for (const position of positions) bits[position >> 3] |= 1 << (position & 7);
  return Buffer.from(bits).toString('base64');
}
