// Draws how the topology of one matrix changes: a picture with a slider, small pictures per epoch, and the shares.
import type { Colour, TopologyPictures } from '../figures/types.ts';
import { axis, config, frame, inkColours, pick, plot } from './frame.ts';
import { drawingWidth, isDark } from './page.ts';

/** Kinds of positions, from never active to active since the start; a picture holds their indices. */
const KINDS: { name: string; short: string; colour: Colour }[] = [
  { name: 'never active', short: 'never', colour: ['hsl(220 16% 94%)', 'hsl(220 14% 17%)'] },
  { name: 'dropped, once active', short: 'dropped', colour: ['hsl(20 72% 80%)', 'hsl(18 48% 34%)'] },
  { name: 'newly grown', short: 'new', colour: ['hsl(152 68% 36%)', 'hsl(152 62% 54%)'] },
  { name: 'grown earlier', short: 'grown', colour: ['hsl(200 76% 56%)', 'hsl(202 76% 58%)'] },
  { name: 'active since the start', short: 'initial', colour: ['hsl(222 48% 26%)', 'hsl(216 60% 88%)'] },
];
const MOST_THUMBNAILS = 10;
const PAPER_MAP_WIDTH = 380;
const PAPER_SHARES_WIDTH = 290;

/** Kind of every position, one array per picture. */
function classify(pictures: TopologyPictures): Uint8Array[] {
  const size = pictures.rows * pictures.cols;
  const ever = new Uint8Array(size);
  let first: Uint8Array | undefined;
  let previous: Uint8Array | undefined;
  return pictures.active.map(text => {
    const now = unpack(text, size);
    first ??= now;
    previous ??= now;
    const kinds = new Uint8Array(size);
    for (let position = 0; position < size; position++) {
      if (now[position] === 1) {
        kinds[position] = first[position] === 1 ? 4 : previous[position] === 1 ? 3 : 2;
        ever[position] = 1;
      } else if (ever[position] === 1) kinds[position] = 1;
    }
    previous = now;
    return kinds;
  });
}

function unpack(base64: string, size: number): Uint8Array {
  const bytes = atob(base64);
  const active = new Uint8Array(size);
  for (let position = 0; position < size; position++)
    active[position] = (bytes.charCodeAt(position >> 3) >> (position & 7)) & 1;
  return active;
}

function countKinds(kinds: Uint8Array): number[] {
  const counts = KINDS.map(() => 0);
  for (const kind of kinds) counts[kind]++;
  return counts;
}

const keptEpoch = new WeakMap<HTMLElement, number>();

/** Draws the figure, or draws it anew after a change of size, theme or choice; the epoch that was chosen stays. */
export async function drawTopology(element: HTMLElement, pictures: TopologyPictures, name: string): Promise<void> {
  const last = pictures.epochs.length - 1;
  const states = classify(pictures);
  const counts = states.map(countKinds);
  const size = pictures.rows * pictures.cols;
  let chosen = Math.min(keptEpoch.get(element) ?? last, last);

  const map = part('div', 'topology-map');
  const shares = part('div', 'topology-shares');
  const legend = part('ul', 'topology-legend');
  const thumbnails = part('div', 'thumbnails');
  const label = part('label', 'slider-label');
  const slider = document.createElement('input');
  Object.assign(slider, {
    type: 'range',
    min: '0',
    max: String(last),
    step: '1',
    value: String(chosen),
    id: `${name}-epoch`,
  });
  label.htmlFor = slider.id;
  const sliderRow = part('div', 'slider');
  sliderRow.append(label, slider);
  const left = part('div', 'topology-left');
  left.append(sliderRow, windowText(pictures), map);
  const right = part('div', 'topology-right');
  right.append(legend, shares);
  const both = part('div', 'topology-both');
  both.append(left, right);
  element.replaceChildren(both, thumbnails);

  const show = async (index: number) => {
    chosen = index;
    keptEpoch.set(element, index);
    const epoch = pictures.epochs[index];
    slider.value = String(index);
    label.textContent = epoch === 0 ? 'Start' : `Epoch ${epoch}`;
    const shareText = (count: number) => `${((100 * count) / size).toFixed(1)} %`;
    slider.setAttribute(
      'aria-valuetext',
      `${label.textContent}: ${KINDS.map((kind, k) => `${kind.name} ${shareText(counts[index][k])}`).join(', ')}`,
    );
    legend.replaceChildren(
      ...[4, 3, 2, 1, 0].map(kind => {
        const entry = part('li', '');
        const swatch = part('span', 'swatch');
        swatch.style.background = pick(KINDS[kind].colour);
        const amount = part('b', '');
        amount.textContent = shareText(counts[index][kind]);
        entry.append(swatch, `${KINDS[kind].name} `, amount);
        return entry;
      }),
    );
    for (const button of thumbnails.querySelectorAll('button')) {
      button.setAttribute('aria-pressed', String(Number(button.dataset.index) === index));
    }
    await Promise.all([drawMap(map, pictures, states[index], name), drawShares(shares, pictures, counts, index, name)]);
  };
  slider.addEventListener('input', () => void show(Number(slider.value)));
  for (const index of spread(states.length)) {
    thumbnails.append(thumbnail(pictures, states[index], index, () => void show(index)));
  }
  await show(chosen);
}

/** Which part of which matrix the picture shows. */
function windowText({ matrix, rows, cols, matrixRows, matrixCols }: TopologyPictures): HTMLElement {
  const text = part('p', 'topology-window');
  const name = part('b', '');
  name.textContent = matrix;
  const all = (count: number) => count.toLocaleString('en-GB');
  text.append(name, `, rows 0–${rows - 1} of ${all(matrixRows)}, columns 0–${cols - 1} of ${all(matrixCols)}`);
  return text;
}

function drawMap(element: HTMLElement, pictures: TopologyPictures, kinds: Uint8Array, name: string): Promise<void> {
  const { rows, cols } = pictures;
  const z = Array.from({ length: rows }, (_, row) => Array.from(kinds.subarray(row * cols, (row + 1) * cols)));
  const colorscale = KINDS.flatMap(({ colour }, kind) => [
    [kind / KINDS.length, pick(colour)],
    [(kind + 1) / KINDS.length, pick(colour)],
  ]);
  const width = Math.min(drawingWidth(element, PAPER_MAP_WIDTH), 560);
  const height = Math.round(Math.min(620, (width - 76) * Math.max(0.3, Math.min(1.2, rows / cols))) + 56);
  const text = z.map(row => row.map(kind => KINDS[kind].name));
  const layout = {
    ...frame(name, { width, height }, 0),
    margin: { l: 58, r: 14, t: 8, b: 46 },
    xaxis: axis({ title: { text: 'Column (input)', standoff: 6 }, showgrid: false, constrain: 'domain' }),
    yaxis: axis({
      title: { text: 'Row (output)', standoff: 6 },
      showgrid: false,
      autorange: 'reversed',
      constrain: 'domain',
    }),
  };
  const trace = {
    type: 'heatmap',
    z,
    zmin: -0.5,
    zmax: KINDS.length - 0.5,
    colorscale,
    showscale: false,
    xgap: cols <= 64 ? 0.5 : 0,
    ygap: rows <= 64 ? 0.5 : 0,
    text,
    hovertemplate: 'row %{y}, column %{x}: %{text}<extra></extra>',
  };
  return plot(element, [trace], layout, config(`${name}-map`));
}

function drawShares(
  element: HTMLElement,
  pictures: TopologyPictures,
  counts: number[][],
  chosen: number,
  name: string,
): Promise<void> {
  const ink = inkColours();
  const size = pictures.rows * pictures.cols;
  const traces = [4, 3, 2, 1].map(kind => ({
    type: 'scatter',
    mode: 'lines',
    stackgroup: 'positions',
    name: KINDS[kind].name,
    x: pictures.epochs,
    y: counts.map(count => count[kind] / size),
    line: { width: 0.6, color: pick(KINDS[kind].colour) },
    fillcolor: pick(KINDS[kind].colour),
    showlegend: false,
    hovertemplate: `%{y:.1%}<extra>${KINDS[kind].name}</extra>`,
  }));
  const explored = counts.map(count => 1 - count[0] / size);
  const line = {
    type: 'scatter',
    mode: 'lines+markers',
    name: 'explored',
    x: pictures.epochs,
    y: explored,
    line: { width: 1.6, color: ink.text },
    marker: { size: 4, color: ink.text },
    showlegend: false,
    hovertemplate: '%{y:.1%}<extra>explored in this window</extra>',
  };
  const epoch = pictures.epochs[chosen];
  const layout = {
    ...frame(name, { width: drawingWidth(element, PAPER_SHARES_WIDTH), height: 300 }, 0),
    margin: { l: 58, r: 14, t: 26, b: 46 },
    hovermode: 'x unified',
    xaxis: axis({ title: { text: 'Epoch', standoff: 6 }, showgrid: false }),
    yaxis: axis({ title: { text: 'Share of the window', standoff: 8 }, tickformat: '~%', rangemode: 'tozero' }),
    shapes: [
      {
        type: 'line',
        x0: epoch,
        x1: epoch,
        y0: 0,
        y1: 1,
        yref: 'paper',
        line: { color: ink.text, width: 1, dash: 'dot' },
      },
    ],
    annotations: [
      {
        text: `<b>Explored: ${(100 * explored[chosen]).toFixed(1)} %</b> of the window`,
        x: 0,
        y: 1,
        xref: 'paper',
        yref: 'paper',
        xanchor: 'left',
        yanchor: 'bottom',
        yshift: 5,
        showarrow: false,
      },
    ],
  };
  return plot(element, [...traces, line], layout, config(`${name}-shares`));
}

/** Indices of at most ten pictures, evenly spread, first and last among them. */
function spread(count: number): number[] {
  const most = Math.min(count, MOST_THUMBNAILS);
  return Array.from({ length: most }, (_, index) => (most === 1 ? 0 : Math.round((index * (count - 1)) / (most - 1))));
}

function thumbnail(pictures: TopologyPictures, kinds: Uint8Array, index: number, choose: () => void): HTMLElement {
  const { rows, cols } = pictures;
  const canvas = document.createElement('canvas');
  canvas.width = cols;
  canvas.height = rows;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context !== null) {
    // The canvas itself turns the theme's colours into bytes.
    const palette = KINDS.map(({ colour }) => {
      context.fillStyle = colour[isDark() ? 1 : 0];
      context.fillRect(0, 0, 1, 1);
      return context.getImageData(0, 0, 1, 1).data;
    });
    const image = context.createImageData(cols, rows);
    for (let position = 0; position < kinds.length; position++) image.data.set(palette[kinds[position]], 4 * position);
    context.putImageData(image, 0, 0);
  }
  const button = document.createElement('button');
  button.type = 'button';
  button.dataset.index = String(index);
  const caption = part('span', '');
  caption.textContent = pictures.epochs[index] === 0 ? 'start' : `epoch ${pictures.epochs[index]}`;
  button.append(canvas, caption);
  button.addEventListener('click', choose);
  return button;
}

function part<Name extends keyof HTMLElementTagNameMap>(name: Name, className: string): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  if (className !== '') element.className = className;
  return element;
}
