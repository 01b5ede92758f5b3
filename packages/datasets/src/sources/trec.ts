import { decodeLatin1 } from '../text/latin1.ts';
import { labelledLines } from './labelledLines.ts';
import type { ClassificationSource, SourceFile, SourceText } from './types.ts';

const COARSE = ['ABBR', 'DESC', 'ENTY', 'HUM', 'LOC', 'NUM'];

const FINE = [
  ...['ABBR:abb', 'ABBR:exp', 'DESC:def', 'DESC:desc', 'DESC:manner', 'DESC:reason', 'ENTY:animal', 'ENTY:body'],
  ...['ENTY:color', 'ENTY:cremat', 'ENTY:currency', 'ENTY:dismed', 'ENTY:event', 'ENTY:food', 'ENTY:instru'],
  ...['ENTY:lang', 'ENTY:letter', 'ENTY:other', 'ENTY:plant', 'ENTY:product', 'ENTY:religion', 'ENTY:sport'],
  ...['ENTY:substance', 'ENTY:symbol', 'ENTY:techmeth', 'ENTY:termeq', 'ENTY:veh', 'ENTY:word', 'HUM:desc', 'HUM:gr'],
  ...[
    'HUM:ind',
    'HUM:title',
    'LOC:city',
    'LOC:country',
    'LOC:mount',
    'LOC:other',
    'LOC:state',
    'NUM:code',
    'NUM:count',
  ],
  ...['NUM:date', 'NUM:dist', 'NUM:money', 'NUM:ord', 'NUM:other', 'NUM:perc', 'NUM:period', 'NUM:speed', 'NUM:temp'],
  ...['NUM:volsize', 'NUM:weight'],
];

const files: readonly SourceFile[] = [
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
];

const common = {
  task: 'classification',
  licence: 'not stated; distributed for research',
  homepage: 'https://cogcomp.seas.upenn.edu/Data/QA/QC/',
  files,
  textCounts: { train: 5452, validation: 0, test: 500 },
} as const;

/** TREC question classification (Li & Roth 2002) by the six coarse classes, tokens as distributed. */
export const trec6: ClassificationSource = {
  ...common,
  name: 'trec-6',
  title: 'TREC question classification, coarse',
  description: '5,952 questions in 6 coarse classes (Li & Roth 2002)',
  classes: COARSE,
  read: open => questions(open, mark => mark.split(':')[0]),
};

/** TREC question classification (Li & Roth 2002) by the fifty fine classes, tokens as distributed. */
export const trec50: ClassificationSource = {
  ...common,
  name: 'trec-50',
  title: 'TREC question classification, fine',
  description: '5,952 questions in 50 fine classes (Li & Roth 2002)',
  classes: FINE,
  read: open => questions(open, mark => mark),
};

/** Both files are read as ISO 8859-1: the training file is (one byte of it), and the test file is ASCII. */
async function* questions(
  open: (path: string) => Promise<Uint8Array>,
  classOf: (mark: string) => string,
): AsyncGenerator<SourceText> {
  const labelOf = (mark: string): string | undefined => (FINE.includes(mark) ? classOf(mark) : undefined);
  for (const [index, part] of (['train', 'test'] as const).entries()) {
    const { path } = files[index];
    yield* labelledLines(decodeLatin1(await open(path)), part, path, labelOf);
  }
}
