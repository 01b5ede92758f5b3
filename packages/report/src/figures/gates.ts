import { type Run, sparseMatrices, startsDense, type Task } from '../load/run.ts';
import { runLabel, type Study } from '../load/study.ts';
import { taskId } from '../tables/identity.ts';
import { GATES } from './colours.ts';
import { firstSeeds, mostTelling, runIdentity, runIdentityColumns } from './series.ts';
import type { Chart, Figure, Series, Variant } from './types.ts';

/** Runs that can be chosen in the page: each takes some kilobytes of it. */
const MOST_RUNS = 48;

/** Density of every gate of every sparse matrix over the epochs, one run at a time; undefined without sparse runs. */
export function gateDensities(task: Task, studies: readonly Study[]): Figure | undefined {
  const chosen = studies.flatMap(study =>
    study.settings.flatMap(setting =>
      setting.runs
        .filter(run => run.epochs.length > 0 && gatedMatrices(run).length > 0)
        .map((run, index) => ({ run, index, label: runLabel(setting, run, studies.length > 1 ? study : undefined) })),
    ),
  );
  if (chosen.length === 0) return undefined;
  const shown = firstSeeds(chosen, MOST_RUNS);
  const left = chosen.length - shown.length;
  const variants = shown.map(
    ({ run, label }): Variant<Chart> => ({ label, anchor: run.anchor, content: chartOf(run) }),
  );
  return {
    id: taskId('gates', task),
    title: 'Densities of gates and matrices',
    caption:
      'Active positions of each gate as a share of the gate’s positions, after each epoch. ' +
      'Gates of one matrix compete for its connections, the matrix’s total stays fixed unless connections are ' +
      'redistributed between matrices' +
      (chosen.some(({ run }) => startsDense(run)) ? ' or the method starts dense and prunes' : '') +
      '. Axes differ between the panels, so that small shifts can be seen.' +
      (left > 0 ? ` ${left} more runs are in the CSV.` : ''),
    kind: 'chart',
    initial: mostTelling(shown.map(({ run }) => run)),
    variants,
    csv: {
      columns: [...runIdentityColumns, 'matrix', 'gate', 'epoch', 'nnz', 'density'],
      rows: chosen.flatMap(({ run }) =>
        gatedMatrices(run).flatMap(matrix =>
          matrix.gates.flatMap((gate, index) =>
            gateCounts(run, matrix, index).map(({ epoch, nnz }) => [
              ...runIdentity(run),
              matrix.name,
              gate,
              epoch,
              nnz,
              nnz / gatePositions(matrix),
            ]),
          ),
        ),
      ),
    },
  };
}

type Matrix = Run['start']['matrices'][number];

function gatedMatrices(run: Run): Matrix[] {
  return sparseMatrices(run.start, run.epochs).filter(matrix => matrix.gates.length > 0);
}

function gatePositions(matrix: Matrix): number {
  return Math.max(1, (matrix.rows * matrix.cols) / matrix.gates.length);
}

/** Nonzeros of a gate after each epoch; at the start too where the whole matrix is there, which leaves no doubt. */
function gateCounts(run: Run, matrix: Matrix, gate: number): { epoch: number; nnz: number }[] {
  const { name, nnz, rows, cols } = matrix;
  const start = nnz === rows * cols ? [{ epoch: 0, nnz: gatePositions(matrix) }] : [];
  const after = run.epochs.flatMap(line => {
    const nnz = line.matrices.find(candidate => candidate.name === name)?.gates[gate];
    return nnz === undefined ? [] : [{ epoch: line.epoch, nnz }];
  });
  return [...start, ...after];
}

function chartOf(run: Run): Chart {
  const matrices = gatedMatrices(run);
  const named = new Map<string, number>();
  const series = matrices.flatMap((matrix, panel) =>
    matrix.gates.map((gate, index): Series => {
      const gated = matrix.gates.length > 1;
      const group = gated ? `gate ${gate}` : 'whole matrix';
      const first = !named.has(group);
      named.set(group, panel);
      const counts = gateCounts(run, matrix, index);
      return {
        panel,
        name: gated ? `${matrix.name}, gate ${gate}` : matrix.name,
        group,
        legend: first,
        colour: gated ? GATES[index % GATES.length] : ['hsl(220 8% 30%)', 'hsl(220 8% 75%)'],
        kind: 'line',
        x: counts.map(({ epoch }) => epoch),
        y: counts.map(({ nnz }) => Number((nnz / gatePositions(matrix)).toFixed(5))),
        anchor: run.anchor,
      };
    }),
  );
  return {
    xTitle: 'Epoch',
    xFormat: 'd',
    panels: matrices.map(matrix => ({
      title: matrix.name,
      yTitle: 'Density',
      scale: 'linear',
      format: '.2%',
      leastRange: 0.1,
    })),
    series,
  };
}
