import { readZip } from '../archive/zip.ts';
import { splitLines } from '../text/tokenise.ts';
import type { LanguageSource } from './types.ts';

const archive = 'wikitext-2/wikitext-2-v1.zip';
const member = (part: string): string => `wikitext-2/wiki.${part}.tokens`;

/**
 * WikiText-2 (Merity et al. 2016), word level, as distributed: tokens separated by white space, rare words already
 * `<unk>`, an `<eos>` for every line, the blank ones included.
 */
export const wikitext2: LanguageSource = {
  name: 'wikitext-2',
  task: 'language-model',
  title: 'WikiText-2',
  description: 'Good and featured articles of the English Wikipedia, word level (Merity et al. 2016)',
  licence: 'CC BY-SA 3.0',
  homepage: 'https://arxiv.org/abs/1609.07843',
  files: [
    {
      path: archive,
      url: 'https://s3.amazonaws.com/research.metamind.io/wikitext/wikitext-2-v1.zip',
      // The second is a repacking of the same three members, whose own checksums are below.
      builds: [
        { bytes: 4_475_746, sha256: '92675f1d63015c1c8b51f1656a52d5bdbc33aafa60cc47a218a66e7ee817488c' },
        { bytes: 4_461_923, sha256: 'f09a301778c4e4af26169b4143305d3b6fe759baa5797e607217c40587c845d8' },
      ],
    },
  ],
  minCount: 1,
  vocabularySize: 33_278,
  tokenCounts: { train: 2_088_628, validation: 217_646, test: 245_569 },
  contents: {
    train: '9e9fa1ad55b1c2c95b08e37dd8e653f638fac2c6de904b79e813611eefbc985f',
    validation: 'f0737ed31fc1329026e95cb8b98e19c2a182c39c240ab909dc31abf2f8af58e8',
    test: 'd790b833ef8cf03a90db7bf1271b7520b83c45ce07ba3c1a9699df81e239eca0',
  },
  async read(open) {
    const members = await readZip(await open(archive), {
      label: archive,
      members: [member('train'), member('valid'), member('test')],
    });
    return {
      train: members.get(member('train'))!,
      validation: members.get(member('valid'))!,
      test: members.get(member('test'))!,
    };
  },
  lines: splitLines,
};
