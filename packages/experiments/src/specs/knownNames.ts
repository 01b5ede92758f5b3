import { cellNames, methodNames } from '@sparse-rnn/core';
import { listCorpora } from '@sparse-rnn/datasets';
import { methodSettings } from './methodSettings.ts';
import type { KnownNames } from './spec.ts';

/** All names that a spec may refer to here: registered methods and cells, and the corpora of both tasks. */
export function knownNames(): KnownNames {
  const names = (task: string) => listCorpora().flatMap(corpus => (corpus.task === task ? [corpus.name] : []));
  const corpora = { 'language-model': names('language-model'), classification: names('classification') };
  return { methods: methodNames(), methodSettings, cells: cellNames(), corpora };
}
