import { TOLERANCES } from './tolerances.ts';

/**
 * Throws unless two arrays agree within an engine's tolerance. NaN equals only NaN, infinities keep their sign. The
 * message names the worst element, both values, and the share of the tolerance it used. `slack` widens the tolerance.
 */
export function assertClose(
  what: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  engine: string,
  slack = 1,
): void {
  if (actual.length !== expected.length) {
    throw new Error(`${what}: expected ${expected.length} elements, got ${actual.length}`);
  }
  const tolerance = TOLERANCES[engine];
  if (tolerance === undefined) throw new Error(`${what}: no tolerance is stated for engine ${engine}`);
  let worst = -1;
  let worstUse = 1;
  for (let i = 0; i < expected.length; i++) {
    const budget = slack * (tolerance.absolute + tolerance.relative * Math.abs(expected[i]));
    const same = Object.is(actual[i], expected[i]) || actual[i] === expected[i];
    const use = same ? 0 : Math.abs(actual[i] - expected[i]) / budget;
    if (Number.isNaN(use) || use > worstUse) {
      worst = i;
      worstUse = Number.isNaN(use) ? Number.POSITIVE_INFINITY : use;
    }
  }
  if (worst >= 0) {
    throw new Error(
      `${what}: element ${worst} of ${expected.length} is ${actual[worst]}, expected ${expected[worst]}: ` +
        `${worstUse.toFixed(1)} times the tolerance of ${engine}`,
    );
  }
}
