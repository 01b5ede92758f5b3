// What the page's scripts share: the embedded data, the theme, and links inside the page.

/** Text of an embedded block. */
export function embeddedText(id: string): string {
  return document.getElementById(id)?.textContent ?? '';
}

const darkQuery = matchMedia('(prefers-color-scheme: dark)');
const printQuery = matchMedia('print');
const lookListeners: (() => void)[] = [];
// Browsers lay out the paper after `beforeprint`, some before their print query changes: either one counts.
let beforePaper = false;

function onPaper(): boolean {
  return beforePaper || printQuery.matches;
}

/** Whether drawings are dark now. Paper never is. */
export function isDark(): boolean {
  return darkQuery.matches && !onPaper();
}

/** Width of a drawing in pixels: its place on the screen, or what fits an upright sheet (A4 or Letter). */
export function drawingWidth(element: HTMLElement, paper: number): number {
  return onPaper() ? paper : element.clientWidth;
}

/** Runs `listener` whenever colours or paper have changed. */
export function onLook(listener: () => void): void {
  lookListeners.push(listener);
}

const look = () => `${isDark()}, ${onPaper()}`;
let toldLook = look();

// Printing is heard of twice, and to draw anew takes long.
function tellLook(): void {
  if (look() === toldLook) return;
  toldLook = look();
  for (const listener of lookListeners) listener();
}

darkQuery.addEventListener('change', tellLook);
printQuery.addEventListener('change', tellLook);
for (const name of ['beforeprint', 'afterprint'] as const) {
  addEventListener(name, () => {
    beforePaper = name === 'beforeprint';
    tellLook();
  });
}

let resizeTimer: ReturnType<typeof setTimeout> | undefined;
const resizeListeners: (() => void)[] = [];
addEventListener('resize', () => {
  clearTimeout(resizeTimer);
  resizeTimer = setTimeout(() => {
    for (const listener of resizeListeners) listener();
  }, 150);
});

/** Runs `listener` when the window has got another size and keeps it. */
export function onResize(listener: () => void): void {
  resizeListeners.push(listener);
}

/** Goes where a link to an address of the report would, with the keyboard's place moved along. */
export function goTo(address: string): void {
  location.href = address;
  if (address.startsWith('#')) document.getElementById(address.slice(1))?.focus({ preventScroll: true });
}
