import { describe, expect, it } from 'vitest';
import { checkTextSettings, TEXT_DEFAULTS, type TextSettings } from './settings.ts';

describe('checkTextSettings', () => {
  it('accepts the defaults and the ends of every range', () => {
    expect(() => checkTextSettings(TEXT_DEFAULTS)).not.toThrow();
    const least = {
      minCount: 1,
      maxVocabulary: 3,
      maxLength: 1,
      validationShare: 1e-6,
      testShare: 0.999,
      splitSeed: -5,
    };
    expect(() => checkTextSettings(least)).not.toThrow();
  });

  it.each<[string, unknown, RegExp]>([
    ['minCount', 0, /^expected minCount, a whole number of at least 1; got 0; correct the setting/],
    ['minCount', 1.5, /got 1.5/],
    ['maxVocabulary', 2, /maxVocabulary, a whole number of at least 3; got 2/],
    ['maxLength', 0, /maxLength, a whole number of at least 1; got 0/],
    ['maxLength', Number.NaN, /got NaN/],
    ['validationShare', 0, /validationShare, a share above 0 and below 1; got 0/],
    ['validationShare', 1, /got 1;/],
    ['testShare', -0.1, /testShare, a share above 0 and below 1; got -0.1/],
    ['testShare', '0.1', /testShare, a share/],
    ['splitSeed', 0.5, /splitSeed, a whole number; got 0.5/],
    ['splitSeed', undefined, /splitSeed, a whole number; got undefined/],
    ['maxLenght', 400, /text settings among .*; got maxLenght/],
    ['csv', { text: 1 }, /columns by name, or by number from 1; got undefined/],
  ])('refuses %s %j', (key, value, message) => {
    expect(() => checkTextSettings({ ...TEXT_DEFAULTS, [key]: value } as TextSettings)).toThrow(message);
  });
});
