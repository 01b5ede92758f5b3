import { describe, expect, it } from 'vitest';
import { bytes, duration, percent, perplexity, ratio, scaled } from './format.ts';

// Units stand behind a no-break space; the table is readable with a plain one.
const plain = (text: string) => text.replaceAll('\u00a0', ' ');

describe('formats', () => {
  it.each([
    [scaled(950), '950'],
    [scaled(999), '999'],
    [scaled(1200), '1.20 k'],
    [scaled(21_780_000), '21.8 M'],
    [scaled(999_600), '1.00 M'],
    [scaled(null), '–'],
    [bytes(1_200_000_000), '1.20 GB'],
    [bytes(512), '512 B'],
    [perplexity(115.904), '115.90'],
    [perplexity(12_345.6), '12,345.60'],
    [perplexity(3.2e9), '3.20e+9'],
    [percent(0.1067), '10.7 %'],
    [percent(1), '100 %'],
    [percent(0.0052), '0.52 %'],
    [ratio(0.1), '0.10'],
    [ratio(0.0512), '0.051'],
    [ratio(1.5), '1.50'],
    [duration(42.08), '42.1 s'],
    [duration(59.97), '1 min 00 s'],
    [duration(192), '3 min 12 s'],
    [duration(7499), '2 h 05 min'],
    [duration(null), '–'],
  ])('%s', (text, expected) => expect(plain(text)).toBe(expected));
});
