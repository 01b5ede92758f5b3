import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testing/runs.ts';
import { PLAN_FILE, PLAN_SCHEMA, readPlan } from './plan.ts';
import { sealDocument } from './seal.ts';

const PLAN = {
  schema: PLAN_SCHEMA,
  scale: 'quick',
  exhibits: [
    {
      id: 'table-1',
      kind: 'table',
      title: 'A table',
      question: 'Which is better?',
      setting: 'A small LSTM.',
      command: 'npx sparse-rnn reproduce table-1',
      view: { kind: 'quality' },
      groups: [
        {
          title: 'demo',
          rows: [{ label: 'method=set', settings: { method: 'set', density: 0.1 }, runs: [{ run: 'a', seed: 1 }] }],
        },
      ],
    },
  ],
};

function folderWith(content: string): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, PLAN_FILE), content);
  return folder;
}

describe('readPlan', () => {
  it('reads what was written, with what may be left out', () => {
    expect(readPlan(folderWith(JSON.stringify(PLAN)))).toMatchObject({ exhibits: [{ id: 'table-1', published: [] }] });
  });

  it('refuses one whose exhibits have scales of their own without its seal', () => {
    const plan = { ...PLAN, exhibits: [{ ...PLAN.exhibits[0], scale: 'desk' }] };
    expect(readPlan(folderWith(JSON.stringify(sealDocument(plan))))).toMatchObject({ exhibits: [{ scale: 'desk' }] });
    expect(readPlan(folderWith(JSON.stringify(plan)))).toEqual({
      reason: 'plan.json was changed since it was written',
    });
  });

  it('finds none in a folder without', () => {
    expect(readPlan(temporaryFolder())).toBeUndefined();
  });

  it.each([
    ['{"schema":', /not a whole JSON value/],
    [JSON.stringify({ ...PLAN, schema: 2 }), /schema/],
    [JSON.stringify({ ...PLAN, exhibits: [{ ...PLAN.exhibits[0], groups: [] }] }), /exhibits\.0\.groups/],
  ])('says why %.30s cannot be read', (content, reason) => {
    expect(readPlan(folderWith(content))).toEqual({ reason: expect.stringMatching(reason) });
  });
});
