/** What a missing number looks like. */
export const NONE = '–';

/** A number with a prefix of thousands and three significant digits: `21.8 M`, `950`, `1.20 k`. */
export function scaled(value: number | null, unit = ''): string {
  if (value === null) return NONE;
  const prefixes = ['', 'k', 'M', 'G', 'T', 'P', 'E'];
  let step = 0;
  let size = value;
  // 999.5 and above would print as 1000 of the smaller prefix.
  while (Math.abs(size) >= 999.5 && step < prefixes.length - 1) {
    size /= 1000;
    step++;
  }
  const digits = step === 0 && Number.isInteger(size) ? String(size) : size.toPrecision(3);
  return [digits, prefixes[step] + unit].filter(part => part !== '').join('\u00a0');
}

/** Bytes in units of 1000: `1.20 GB`. */
export function bytes(value: number | null): string {
  return scaled(value, 'B');
}

/** Formatters by their count of decimals: making one takes a hundred times as long as using it. */
const FIXED = new Map<number, Intl.NumberFormat>();

/** A number with a fixed count of decimals and thousands separated: `1,234.50`. */
export function fixed(value: number | null, decimals: number): string {
  if (value === null) return NONE;
  let format = FIXED.get(decimals);
  if (format === undefined) {
    format = new Intl.NumberFormat('en-GB', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
    FIXED.set(decimals, format);
  }
  return format.format(value);
}

/** A perplexity: two decimals, or three significant digits where it is far beyond any vocabulary. */
export function perplexity(value: number | null): string {
  if (value === null) return NONE;
  return value < 1e6 ? fixed(value, 2) : value.toExponential(2);
}

/** An accuracy or an F1: percent with two decimals, `87.45 %`. */
export function accuracy(share: number | null): string {
  return share === null ? NONE : `${(share * 100).toFixed(2)}\u00a0%`;
}

/** A difference of two percentages in percentage points: `1.20`. */
export function points(share: number | null): string {
  return share === null ? NONE : (share * 100).toFixed(2);
}

/** A share as a percentage: `100 %`, `10.0 %`, `0.52 %`. */
export function percent(share: number | null): string {
  if (share === null) return NONE;
  const value = share * 100;
  return `${value.toFixed(value >= 99.95 ? 0 : value < 0.995 ? 2 : 1)}\u00a0%`;
}

/** A ratio to the dense model: `0.11`, and `0.052` where two decimals would say too little. */
export function ratio(value: number | null): string {
  if (value === null) return NONE;
  return value < 0.095 ? value.toPrecision(2) : value.toFixed(2);
}

/** A duration of wall time: `42.1 s`, `3 min 12 s`, `2 h 05 min`. */
export function duration(seconds: number | null): string {
  if (seconds === null) return NONE;
  if (seconds < 59.95) return `${seconds.toFixed(1)}\u00a0s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)}\u00a0min ${String(whole % 60).padStart(2, '0')}\u00a0s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)}\u00a0h ${String(minutes % 60).padStart(2, '0')}\u00a0min`;
}
