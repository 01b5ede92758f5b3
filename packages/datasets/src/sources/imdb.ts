import { readTarGz } from '../archive/tarGz.ts';
import { DataError } from '../errors.ts';
import { decodeUtf8 } from '../text/decode.ts';
import { rawTokens } from '../text/rawTokens.ts';
import type { ClassificationSource, SourceText } from './types.ts';

const archive = 'imdb/aclImdb_v1.tar.gz';
const FOLDERS = { neg: 'negative', pos: 'positive' } as const;
/** A labelled review: `aclImdb/train/pos/4715_9.txt`, its number and its stars. */
const REVIEW = /^aclImdb\/(train|test)\/(neg|pos)\/(\d+)_\d+\.txt$/;

/**
 * IMDb movie reviews (Maas et al. 2011): 25,000 labelled reviews to train on and as many to test, tokenised by
 * `rawTokens`. The 50,000 reviews without a label are passed over.
 */
export const imdb: ClassificationSource = {
  name: 'imdb',
  task: 'classification',
  title: 'IMDb large movie review dataset',
  description: '50,000 labelled movie reviews, positive or negative (Maas et al. 2011)',
  licence: 'for research, citation asked for',
  homepage: 'https://ai.stanford.edu/~amaas/data/sentiment/',
  files: [
    {
      path: archive,
      url: 'https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz',
      // The second is a repacking of the labelled reviews alone.
      builds: [
        { bytes: 84_125_825, sha256: 'c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe' },
        { bytes: 28_179_800, sha256: '89c03e8e473d40b649dfc55b275a8b7d57b0edcf163f06f3e486540033fa8da4' },
      ],
    },
  ],
  classes: Object.values(FOLDERS),
  textCounts: { train: 25_000, validation: 0, test: 25_000 },
  async *read(open) {
    yield* reviews(await open(archive));
  },
};

/**
 * The reviews of the archive by part, class and number, whatever their order in it.
 *
 * @throws DataError (`archive`) if one of the four folders holds no review
 */
export async function* reviews(packed: Uint8Array): AsyncGenerator<SourceText> {
  const files = await readTarGz(packed, { label: archive, accept: name => REVIEW.test(name) });
  for (const part of ['train', 'test'] as const) {
    for (const [folder, label] of Object.entries(FOLDERS)) {
      const prefix = `aclImdb/${part}/${folder}/`;
      const names = [...files.keys()].filter(name => name.startsWith(prefix));
      if (names.length === 0) throw missingFolder(prefix);
      const number = (name: string): number => Number(REVIEW.exec(name)![3]);
      for (const file of names.sort((a, b) => number(a) - number(b) || (a < b ? -1 : 1))) {
        const tokens = rawTokens(decodeUtf8(files.get(file)!, file));
        yield { kind: 'text', part, file, line: 0, label, tokens };
      }
    }
  }
}

function missingFolder(prefix: string): DataError {
  return new DataError('archive', {
    expected: `reviews (NUMBER_STARS.txt) in ${prefix} of ${archive}`,
    came: 'none',
    advice: 'take the archive as its public home packs it: run `sparse-rnn data fetch imdb`',
  });
}
