// The browser that pictures are drawn with, the same that the tests use.

/** Chromium asks for nothing of its own with these. */
export const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** How to get a browser, where there is none. */
export const INSTALL_HINT =
  'install one (Debian, Ubuntu: "apt-get install chromium"; elsewhere Chromium or Chrome) or name it with CHROMIUM_PATH=<file>';

/** Path of the Chromium or Chrome of this machine, or undefined. `CHROMIUM_PATH` goes before the usual places. */
export async function findChromium(): Promise<string | undefined> {
  // The script that installs it for the tests must run before anything is compiled; this asks the same list of places.
  const script = new URL('../../scripts/install-chromium.mjs', import.meta.url).href;
  const { findChromium } = (await import(script)) as { findChromium(): string | undefined };
  return findChromium();
}
