// Puts two runs beside each other: what differs in results, specification and environment, and both learning curves.
import type { Chart, Colour, Panel, Series } from '../figures/types.ts';
import type { CompareData, ComparedRun } from '../pages/runs/compareData.ts';
import { drawChart } from './charts.ts';
import { embeddedText, onLook, onResize } from './page.ts';

const SIDES = ['a', 'b'] as const;
const SIDE_COLOURS: Colour[] = [
  ['hsl(212 78% 40%)', 'hsl(212 82% 68%)'],
  ['hsl(24 86% 42%)', 'hsl(28 88% 62%)'],
];

const compareRoot = document.getElementById('compare');
if (compareRoot !== null) startComparing(compareRoot, JSON.parse(embeddedText('compare-data')) as CompareData);

function startComparing(root: HTMLElement, data: CompareData): void {
  const byAnchor = new Map(data.runs.map(run => [run.id, run]));
  const selects = SIDES.map(side => document.getElementById(`compare-${side}`) as HTMLSelectElement);
  const onlyDiffering = document.getElementById('compare-only') as HTMLInputElement;
  const chart = document.getElementById('compare-chart')!;
  const chosen = () => selects.map(select => byAnchor.get(select.value)!);
  // Drawn when it comes near the view: in a single file that may be never.
  let seen = false;
  const draw = async () => {
    if (!seen) return;
    await drawChart(chart, bothCurves(data, chosen()), 'comparison');
    chart.dataset.drawn = 'true';
  };
  new IntersectionObserver(
    entries => {
      if (seen || !entries.some(entry => entry.isIntersecting)) return;
      seen = true;
      void draw();
    },
    { rootMargin: '600px' },
  ).observe(chart);

  const show = async () => {
    const runs = chosen();
    SIDES.forEach((side, index) => {
      (document.getElementById(`compare-${side}-link`) as HTMLAnchorElement).href = runs[index].anchor;
    });
    document.getElementById('compare-told')!.textContent = verdictOf(data, runs);
    fillTables(root, data, runs, onlyDiffering.checked);
    await draw();
    root.dataset.shown = selects.map(select => select.value).join();
  };
  const fromAddress = () => {
    const asked = /^#compare:([^,]*),?(.*)$/.exec(location.hash);
    if (asked === null) return;
    selects.forEach((select, index) => {
      if (byAnchor.has(asked[index + 1])) select.value = asked[index + 1];
    });
    // A run beside itself says nothing: the other side moves on.
    if (selects[0].value === selects[1].value && asked[2] === '') {
      const other = [root.dataset.a, root.dataset.b].find(anchor => anchor !== selects[0].value);
      if (other !== undefined) selects[1].value = other;
    }
    root.scrollIntoView();
  };
  for (const select of selects) {
    select.addEventListener('change', () => {
      history.replaceState(null, '', `#compare:${selects.map(({ value }) => value).join()}`);
      void show();
    });
  }
  onlyDiffering.addEventListener('change', () => void show());
  addEventListener('hashchange', () => {
    fromAddress();
    void show();
  });
  onLook(() => void draw());
  onResize(() => void draw());
  fromAddress();
  void show();
}

/** Which test result is better, and by how much. */
function verdictOf({ measures }: CompareData, [a, b]: ComparedRun[]): string {
  if (a === b) return 'Choose two different runs.';
  if (a.task !== b.task) return 'These runs are of different tasks: their results have no common scale.';
  const { name, higherIsBetter, percent } = measures[a.task];
  const waiting = [a, b].filter(run => run.test === null).map(run => run.label);
  if (a.test === null || b.test === null) return `No test result yet: ${waiting.join('; ')}.`;
  const size = Math.abs(b.test - a.test);
  if (size === 0) return `Both have the same test ${name}.`;
  const better = b.test > a.test === higherIsBetter ? b : a;
  const gap = percent ? `${(100 * size).toFixed(2)} percentage points` : size.toFixed(2);
  const share = percent ? '' : ` (${((100 * size) / a.test).toFixed(1)} % of the first run’s)`;
  return `${better.label} has the better test ${name}, by ${gap}${share}. Two single runs: chance may explain part of it.`;
}

function fillTables(root: HTMLElement, data: CompareData, runs: ComparedRun[], onlyDiffering: boolean): void {
  let offset = 0;
  data.groups.forEach(({ title, names }, group) => {
    const rows = names.flatMap((name, index) => {
      const [a, b] = runs.map(run => data.texts[run.values[offset + index]] as string | undefined);
      return a === undefined && b === undefined ? [] : [{ name, a, b, differs: a !== b }];
    });
    offset += names.length;
    const section = root.querySelector(`[data-group="${group}"]`)!;
    section.querySelector('.note')!.textContent = `${rows.filter(row => row.differs).length} of ${rows.length} differ.`;
    const shown = onlyDiffering ? rows.filter(row => row.differs) : rows;
    section
      .querySelector('.scroll')!
      .replaceChildren(...(shown.length > 0 ? [comparisonTable(title, shown, runs)] : []));
  });
}

function comparisonTable(
  title: string,
  rows: { name: string; a?: string; b?: string; differs: boolean }[],
  runs: ComparedRun[],
): HTMLElement {
  const table = document.createElement('table');
  table.className = 'compared';
  table.createCaption().textContent = title;
  table.caption!.className = 'unseen';
  const head = table.createTHead().insertRow();
  for (const text of ['', ...runs.map(run => run.label)]) head.append(headCell(text, 'col'));
  head.cells[0].textContent = 'Property';
  const body = table.createTBody();
  for (const { name, a, b, differs } of rows) {
    const row = body.insertRow();
    row.className = differs ? 'differs' : '';
    row.append(headCell(name, 'row'));
    for (const value of [a, b]) row.insertCell().textContent = value ?? 'unset';
    if (differs) {
      // Not by colour alone.
      const mark = document.createElement('span');
      mark.className = 'differs-mark';
      mark.textContent = ' ≠';
      mark.setAttribute('aria-label', 'differs');
      mark.setAttribute('role', 'img');
      row.cells[0].append(mark);
    }
  }
  return table;
}

function headCell(text: string, scope: string): HTMLTableCellElement {
  const cell = document.createElement('th');
  cell.scope = scope;
  cell.textContent = text;
  return cell;
}

/** Both runs' curves in one chart; runs of different tasks have panels of their own. */
function bothCurves(data: CompareData, runs: ComparedRun[]): Chart {
  const tasks = [...new Set(runs.map(run => run.task))];
  const firstPanel = new Map<string, number>();
  const panels: Panel[] = [];
  for (const task of tasks) {
    firstPanel.set(task, panels.length);
    panels.push(...data.panels[task]);
  }
  const legends = new Set<number>();
  const series = [...new Set(runs)].flatMap((run, side) =>
    run.lines.map(({ panel, part, x, y }): Series => {
      const legend = !legends.has(side) && part === 'validation';
      if (legend) legends.add(side);
      return {
        panel: firstPanel.get(run.task)! + panel,
        name: `${run.label}, ${part}`,
        group: `${SIDES[side].toUpperCase()}: ${run.label}`,
        legend,
        colour: SIDE_COLOURS[side],
        symbol: side === 0 ? 'circle' : 'square',
        kind: part === 'validation' ? 'line' : 'dashed',
        x,
        y,
        anchor: run.anchor,
      };
    }),
  );
  return { xTitle: 'Epoch', xFormat: 'd', panels, series };
}
