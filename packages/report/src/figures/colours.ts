import type { Colour } from './types.ts';

interface Look {
  hue: number;
  saturation: number;
  /** Lightness in percent on a light page, of the method's densest setting. */
  light: number;
  /** Plotly's name of the marker. */
  symbol: string;
}

const look = (hue: number, saturation: number, light: number, symbol: string): Look => ({
  hue,
  saturation,
  light,
  symbol,
});

/** Colour and marker of each method, the same in every figure and every report. */
const LOOKS: Record<string, Look> = {
  dense: look(220, 8, 26, 'circle'),
  'dense-small': look(220, 8, 52, 'hexagon'),
  static: look(32, 92, 44, 'square'),
  set: look(212, 78, 40, 'diamond'),
  deepr: look(322, 62, 50, 'triangle-up'),
  dsr: look(134, 50, 36, 'triangle-down'),
  snfs: look(178, 74, 36, 'triangle-left'),
  rigl: look(276, 56, 44, 'star'),
  selfish: look(354, 74, 42, 'pentagon'),
  hyper: look(20, 50, 34, 'hourglass'),
  gmp: look(72, 66, 34, 'cross'),
  snip: look(246, 56, 64, 'x'),
};

/** Colours of the gates i, f, g, o and of matrices without gates. */
export const GATES: Colour[] = [
  ['hsl(212 78% 42%)', 'hsl(212 82% 66%)'],
  ['hsl(32 88% 44%)', 'hsl(32 88% 60%)'],
  ['hsl(152 60% 34%)', 'hsl(152 50% 56%)'],
  ['hsl(322 58% 48%)', 'hsl(322 62% 70%)'],
];

/** How a setting is drawn in every figure of its study. */
export interface Style {
  colour: Colour;
  symbol: string;
}

/** What sets the markers of a method's settings apart, densest first. */
const FILLS = ['', '-open', '-dot', '-open-dot'];

/**
 * A style per setting: hue and shape tell the method; lightness and filling tell the order of the method's settings in
 * the study, the densest being the darkest on a light page and the brightest on a dark one.
 */
export function settingStyles<S extends { method: string }>(study: { settings: readonly S[] }): Map<S, Style> {
  const styles = new Map<S, Style>();
  const seen = new Map<string, number>();
  for (const setting of study.settings) {
    const rank = seen.get(setting.method) ?? 0;
    seen.set(setting.method, rank + 1);
    const { hue, saturation, light, symbol } =
      LOOKS[setting.method] ?? look(hashedHue(setting.method), 50, 38, 'circle');
    const shift = Math.min(rank, 3) * 11;
    // The order of brightness turns round on a dark page: what is darkest here is brightest there.
    const dark = 98 - 0.6 * light - shift;
    styles.set(setting, {
      colour: [`hsl(${hue} ${saturation}% ${light + shift}%)`, `hsl(${hue} ${saturation}% ${Math.round(dark)}%)`],
      symbol: symbol + FILLS[rank % FILLS.length],
    });
  }
  return styles;
}

/** A method that has no colour of its own yet gets a stable one from its name. */
function hashedHue(name: string): number {
  let hash = 0;
  for (const character of name) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 360;
  return hash;
}
