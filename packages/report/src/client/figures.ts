// Draws each figure when it comes near the view, and anew when the look of the page, its width or its choice changes.
import type { FigureData } from '../figures/types.ts';
import { chartHeight, drawChart } from './charts.ts';
import { embeddedText, onLook, onResize } from './page.ts';
import { drawTopology } from './topology.ts';

const parsed = new Map<string, FigureData>();
const chosenVariant = new Map<string, number>();
const drawnWidth = new Map<HTMLElement, number>();

/** Data of a figure, parsed once. */
function figureOf(element: HTMLElement): FigureData {
  const id = element.dataset.figure ?? '';
  const figure = parsed.get(id) ?? (JSON.parse(embeddedText(`${id}-data`)) as FigureData);
  parsed.set(id, figure);
  return figure;
}

async function drawFigure(element: HTMLElement): Promise<void> {
  const id = element.dataset.figure ?? '';
  const figure = figureOf(element);
  drawnWidth.set(element, element.clientWidth);
  element.querySelector('noscript')?.remove();
  const index = chosenVariant.get(id) ?? figure.initial;
  if (figure.kind === 'chart') await drawChart(element, figure.variants[index].content, id);
  else await drawTopology(element, figure.variants[index].content, id);
  element.style.minHeight = '';
  element.dataset.drawn = 'true';
}

const elements = [...document.querySelectorAll<HTMLElement>('[data-figure]')];
const nearView = new IntersectionObserver(
  entries => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      nearView.unobserve(entry.target);
      void drawFigure(entry.target as HTMLElement);
    }
  },
  { rootMargin: '600px' },
);
for (const element of elements) {
  // The style sheet keeps room for the curves of a run: to read a thousand of them first would take time.
  if (!element.classList.contains('compact')) {
    const figure = figureOf(element);
    if (figure.kind === 'chart') {
      const { content } = figure.variants[figure.initial];
      element.style.minHeight = `${chartHeight(content, element.clientWidth)}px`;
    }
  }
  nearView.observe(element);
}

onResize(() => {
  for (const element of elements) {
    if (drawnWidth.has(element) && drawnWidth.get(element) !== element.clientWidth) void drawFigure(element);
  }
});
onLook(() => {
  for (const element of elements) if (drawnWidth.has(element)) void drawFigure(element);
});
// Paper shows every figure, also those that were never scrolled to.
addEventListener('beforeprint', () => {
  for (const element of elements) if (!drawnWidth.has(element)) void drawFigure(element);
});

for (const select of document.querySelectorAll<HTMLSelectElement>('select[data-choice]')) {
  const id = select.dataset.choice ?? '';
  const element = elements.find(candidate => candidate.dataset.figure === id);
  if (element === undefined) continue;
  const figure = figureOf(element);
  const choose = () => {
    chosenVariant.set(id, Number(select.value));
    const link = document.querySelector<HTMLAnchorElement>(`a[data-run-link="${CSS.escape(id)}"]`);
    const { anchor } = figure.variants[Number(select.value)];
    if (link !== null && anchor !== undefined) link.href = anchor;
  };
  select.addEventListener('change', () => {
    choose();
    void drawFigure(element);
  });
  // A browser may restore an earlier choice when the page is loaded again.
  choose();
}
