// What the page's scripts share: the embedded data, the theme, and links inside the page.

/** Text of an embedded block. */
export function embeddedText(id: string): string {
  return document.getElementById(id)?.textContent ?? '';
}

const darkQuery = matchMedia('(prefers-color-scheme: dark)');
const themeListeners: (() => void)[] = [];
let printing = false;

/** Whether the page is dark now. Paper never is. */
export function isDark(): boolean {
  return darkQuery.matches && !printing;
}

/** Runs `listener` whenever `isDark` may have changed. */
export function onTheme(listener: () => void): void {
  themeListeners.push(listener);
}

function tellTheme(): void {
  for (const listener of themeListeners) listener();
}

darkQuery.addEventListener('change', tellTheme);
addEventListener('beforeprint', () => {
  printing = true;
  tellTheme();
});
addEventListener('afterprint', () => {
  printing = false;
  tellTheme();
});

/** Goes to a section as a click on a link to it would, with the keyboard's place moved along. */
export function goTo(anchor: string): void {
  location.hash = anchor;
  document.getElementById(anchor)?.focus({ preventScroll: true });
}
