// The page carries its CSV files, so that they come along when only the page is passed on.
import { embedded } from './page.ts';

const csvTexts = embedded<Record<string, string>>('csv-data');

for (const link of document.querySelectorAll<HTMLAnchorElement>('a[data-csv]')) {
  const text = csvTexts[link.dataset.csv ?? ''];
  if (text === undefined) continue;
  link.addEventListener('click', () => {
    // Made at the click: a thousand runs' files need not lie in memory twice.
    const url = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
    link.href = url;
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  });
}
