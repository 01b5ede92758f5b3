import type { Setting, Study } from '../load/study.ts';
import type { Colour } from './types.ts';

/** Hue and saturation of each method, the same in every figure and every report. */
const METHODS: Record<string, [hue: number, saturation: number]> = {
  dense: [220, 8],
  'dense-small': [200, 18],
  set: [212, 78],
  static: [32, 88],
  rigl: [276, 52],
  selfish: [352, 68],
  snfs: [174, 70],
  dsr: [134, 46],
  deepr: [322, 58],
  hyper: [18, 44],
  gmp: [76, 56],
  snip: [246, 44],
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

const SYMBOLS = ['circle', 'square', 'diamond', 'triangle-up', 'cross', 'x'];

/**
 * A style per setting: the hue tells the method; lightness and marker tell the order of the method's settings in the
 * study, the densest being the darkest on a light page and the brightest on a dark one.
 */
export function settingStyles(study: Study): Map<Setting, Style> {
  const styles = new Map<Setting, Style>();
  const seen = new Map<string, number>();
  for (const setting of study.settings) {
    const rank = seen.get(setting.method) ?? 0;
    seen.set(setting.method, rank + 1);
    const [hue, saturation] = METHODS[setting.method] ?? [hashedHue(setting.method), 50];
    const shift = Math.min(rank, 3) * 12;
    const light = setting.method === 'dense' ? 30 : 38;
    styles.set(setting, {
      colour: [`hsl(${hue} ${saturation}% ${light + shift}%)`, `hsl(${hue} ${saturation}% ${74 - shift}%)`],
      symbol: SYMBOLS[rank % SYMBOLS.length],
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
