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

/**
 * A colour per setting: the hue tells the method, the lightness the order of the method's settings in the study (the
 * densest is the darkest on a light page and the brightest on a dark one).
 */
export function settingColours(study: Study): Map<Setting, Colour> {
  const colours = new Map<Setting, Colour>();
  const seen = new Map<string, number>();
  for (const setting of study.settings) {
    const rank = seen.get(setting.method) ?? 0;
    seen.set(setting.method, rank + 1);
    const [hue, saturation] = METHODS[setting.method] ?? [hashedHue(setting.method), 50];
    const shift = Math.min(rank, 3) * 9;
    const lightest = setting.method === 'dense' ? 30 : 42;
    colours.set(setting, [
      `hsl(${hue} ${saturation}% ${lightest + shift}%)`,
      `hsl(${hue} ${saturation}% ${70 - shift}%)`,
    ]);
  }
  return colours;
}

/** A method that has no colour of its own yet gets a stable one from its name. */
function hashedHue(name: string): number {
  let hash = 0;
  for (const character of name) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 360;
  return hash;
}
