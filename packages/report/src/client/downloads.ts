// The page carries its CSV files, so that they come along when only the page is passed on.
import { embeddedText } from './page.ts';

for (const link of document.querySelectorAll<HTMLAnchorElement>('a[data-csv]')) {
  link.addEventListener('click', event => {
    event.preventDefault();
    void download(link.dataset.csv ?? '');
  });
}

async function download(id: string): Promise<void> {
  const packed = Uint8Array.from(atob(embeddedText(`${id}-csv`)), character => character.charCodeAt(0));
  const text = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  const url = URL.createObjectURL(await new Response(text, { headers: { 'content-type': 'text/csv' } }).blob());
  const link = document.createElement('a');
  Object.assign(link, { href: url, download: `${id}.csv` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
