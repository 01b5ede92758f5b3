import { mergeConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import shared from '../vitest.shared.ts';

/** What takes longest is begun first: the other files are tested beside it, and not before it. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]) {
    const isLongest = ({ moduleId }: TestSpecification) => moduleId.endsWith('/reproduce.test.ts');
    return (await super.sort(files)).sort((a, b) => Number(isLongest(b)) - Number(isLongest(a)));
  }
}

export default mergeConfig(shared, {
  test: { include: ['**/*.test.ts'], root: import.meta.dirname, sequence: { sequencer: LongestFirst } },
});
