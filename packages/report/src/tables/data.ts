import type { Run } from '../load/run.ts';
import { type Study, studyTitle } from '../load/study.ts';
import { fixed, percent } from './format.ts';
import { type Field, number, onlyIfDiffers, type Table, tableOf, text } from './table.ts';

type Dataset = Run['start']['dataset'];
type Part = 'train' | 'validation' | 'test';

const PARTS: [Part, string][] = [
  ['train', 'Training'],
  ['validation', 'Validation'],
  ['test', 'Test'],
];

interface ClassRow {
  anchor: string;
  study: Study;
  name: string;
  index: number;
}

/** Texts of each class in each part, and what the corpora's notes say; undefined where no log counts its texts. */
export function dataTable(studies: readonly Study[]): Table | undefined {
  const counted = studies.filter(({ dataset }) => dataset.texts !== undefined);
  if (counted.length === 0) return undefined;
  const rows = counted.flatMap(study =>
    classNames(study.dataset).map((name, index): ClassRow => ({ anchor: `study-${study.anchor}`, study, name, index })),
  );
  const notes = counted.flatMap(({ dataset }) => {
    const sentence = notesText(dataset);
    return sentence === '' ? [] : [`${dataset.name}: ${sentence}.`];
  });
  return tableOf(
    {
      id: 'data-classification',
      title: 'Classes and texts',
      caption: ['Texts of each class, and their share of the part.', ...new Set(notes)].join(' '),
    },
    rows,
    [
      onlyIfDiffers(text('study', 'Study', row => studyTitle(row.study))),
      text('class', 'Class', row => row.name),
      ...PARTS.flatMap(([part, title]) => partFields(part, title)),
    ],
  );
}

function partFields(part: Part, title: string): Field<ClassRow>[] {
  const texts = (row: ClassRow) => row.study.dataset.texts?.[part] ?? [];
  const own = (row: ClassRow) => texts(row)[row.index] ?? 0;
  return [
    number(`${part}_texts`, `${title} texts`, own, value => fixed(value, 0)),
    number(`${part}_share`, 'share', row => own(row) / Math.max(1, total(texts(row))), percent),
  ];
}

/** Names of the classes; numbers where a log does not name them. */
export function classNames({ classes, texts }: Dataset): string[] {
  return Array.from({ length: Math.max(classes?.length ?? 0, texts?.train.length ?? 0) }, (_, index) =>
    classes?.[index] === undefined ? `class ${index + 1}` : classes[index],
  );
}

/** What could not be used, is in two parts, or was cut, as the corpus notes it; empty without notes. */
export function notesText({ notes, texts }: Dataset): string {
  if (notes === undefined) return '';
  const shareOf = (part: Part) => {
    const all = total(texts?.[part] ?? []);
    return all === 0 ? '' : ` (${percent(notes.truncated[part] / all)})`;
  };
  const cut = PARTS.map(([part, title]) => `${fixed(notes.truncated[part], 0)} ${title.toLowerCase()}${shareOf(part)}`);
  const unknown = PARTS.map(([part, title]) => `${percent(notes.unknownShare[part])} ${title.toLowerCase()}`);
  return [
    `${count(notes.unusable, 'row')} could not be used`,
    `${count(notes.leftOut, 'row')} left out on purpose`,
    `${count(notes.duplicates.trainTest, 'text')} in both training and test`,
    `truncated texts: ${cut.join(', ')}`,
    `words outside the vocabulary: ${unknown.join(', ')}`,
  ].join('; ');
}

function count(value: number, noun: string): string {
  return `${fixed(value, 0)} ${noun}${value === 1 ? '' : 's'}`;
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
