// A page that is one file carries its tables' files, so that they come along when it is passed on alone.
import { embeddedText } from './page.ts';

for (const link of document.querySelectorAll<HTMLAnchorElement>('a[data-file]')) {
  const name = link.dataset.file ?? '';
  if (document.getElementById(`file-${name}`) === null) continue;
  link.addEventListener('click', event => {
    event.preventDefault();
    void download(name);
  });
}

async function download(name: string): Promise<void> {
  const packed = Uint8Array.from(atob(embeddedText(`file-${name}`)), character => character.charCodeAt(0));
  const text = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  const type = name.endsWith('.csv') ? 'text/csv' : 'text/plain';
  const url = URL.createObjectURL(await new Response(text, { headers: { 'content-type': type } }).blob());
  const link = document.createElement('a');
  Object.assign(link, { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
