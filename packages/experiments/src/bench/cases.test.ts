import { describe, expect, it } from 'vitest';
import { type StepCase, stepCases } from './cases.ts';

const isTensorflow = ({ settings }: StepCase) => settings.engine === 'tensorflow';

describe.each([true, false])('training-step cases, quick %s', quick => {
  const cases = stepCases(quick);
  const onTensorflow = cases.filter(isTensorflow);

  it("TensorFlow takes the LSTM's dense and masked step", () => {
    expect(onTensorflow.map(({ settings }) => settings.density).sort()).toEqual([0.33, 1]);
    expect(new Set(onTensorflow.map(({ settings }) => settings.languageModel?.cell))).toEqual(new Set(['lstm']));
  });

  it('TensorFlow has no dropout and says so; all else is as in our case of the same name and density', () => {
    for (const theirs of onTensorflow) {
      const ours = cases.filter(each => !isTensorflow(each) && each.name === theirs.name);
      const same = ours.find(({ settings }) => settings.density === theirs.settings.density)!;
      const none = { kind: 'elementwise', input: 0, between: 0, output: 0, word: 0 } as const;
      const languageModel = { ...same.settings.languageModel!, dropout: none };
      const settings = { ...same.settings, engine: 'tensorflow', languageModel };
      expect(theirs).toEqual({ ...same, withoutDropout: true, settings });
    }
  });

  it('ours have dropout, and none says that it has not', () => {
    for (const { settings, withoutDropout } of cases.filter(each => !isTensorflow(each))) {
      const { input, output } = (settings.languageModel ?? settings.classifier)!.dropout;
      expect(Math.max(input, output)).toBeGreaterThan(0);
      expect(withoutDropout).toBeUndefined();
    }
  });
});
