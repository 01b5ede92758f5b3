// Draws each figure when it comes near the view, and anew when the theme, its width or its choice changes.
import type { FigureData } from '../figures/types.ts';
import { chartHeight, drawChart } from './charts.ts';
import { embedded, onTheme } from './page.ts';
import { drawTopology } from './topology.ts';

const figures = embedded<Record<string, FigureData>>('figure-data');
const chosenVariant = new Map<string, number>();
const drawnWidth = new Map<HTMLElement, number>();

async function drawFigure(element: HTMLElement): Promise<void> {
  const id = element.dataset.figure ?? '';
  const figure = figures[id];
  if (figure === undefined) return;
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
  const figure = figures[element.dataset.figure ?? ''];
  if (figure?.kind === 'chart') {
    const { content } = figure.variants[figure.initial];
    element.style.minHeight = `${chartHeight(content, element.clientWidth)}px`;
  }
  nearView.observe(element);
}

let resizeTimer: ReturnType<typeof setTimeout> | undefined;
addEventListener('resize', () => {
  clearTimeout(resizeTimer);
  resizeTimer = setTimeout(() => {
    for (const element of elements) {
      if (drawnWidth.has(element) && drawnWidth.get(element) !== element.clientWidth) void drawFigure(element);
    }
  }, 150);
});
onTheme(() => {
  for (const element of elements) if (drawnWidth.has(element)) void drawFigure(element);
});
// Paper shows every figure, also those that were never scrolled to.
addEventListener('beforeprint', () => {
  for (const element of elements) if (!drawnWidth.has(element)) void drawFigure(element);
});

for (const select of document.querySelectorAll<HTMLSelectElement>('select[data-choice]')) {
  const id = select.dataset.choice ?? '';
  const choose = () => {
    chosenVariant.set(id, Number(select.value));
    const link = document.querySelector<HTMLAnchorElement>(`a[data-run-link="${CSS.escape(id)}"]`);
    const anchor = figures[id]?.variants[Number(select.value)]?.anchor;
    if (link !== null && anchor !== undefined) link.href = `#${anchor}`;
    const element = elements.find(candidate => candidate.dataset.figure === id);
    if (element !== undefined) void drawFigure(element);
  };
  select.addEventListener('change', choose);
  // A browser may restore an earlier choice when the page is loaded again.
  if (Number(select.value) !== figures[id]?.initial) choose();
}
