import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testing/runs.ts';
import { DISTANCES_FILE, DISTANCES_SCHEMA, readDistances } from './distances.ts';
import { sealDocument } from './seal.ts';

const distance = { raw: 0.9, matched: 0.8, expected: 0.95, randomMatched: 0.85 };
const end = { ...distance, matrices: [{ ...distance, name: 'embedding' }] };
const run = (seed: number) => ({ run: `demo-set-${seed}`, seed, epoch: 3, topology: 'f'.repeat(64) });
const DISTANCES = { schema: DISTANCES_SCHEMA, pairs: [{ a: run(1), b: run(2), start: null, end }] };

function folderWith(content: string): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, DISTANCES_FILE), content);
  return folder;
}

describe('readDistances', () => {
  it('reads what was written', () => {
    expect(readDistances(folderWith(JSON.stringify(sealDocument(DISTANCES), null, 1)))).toEqual(DISTANCES);
  });

  it('refuses what was changed since it was written', () => {
    const sealed = JSON.stringify(sealDocument(DISTANCES));
    const without = sealed.replace(/,"check":"\w+"/, '');
    for (const changed of [sealed.replace('"raw":0.9', '"raw":0.8'), sealed.replace('"check"', '"chek"'), without]) {
      expect(readDistances(folderWith(changed))).toEqual({ reason: 'distances.json was changed since it was written' });
    }
  });

  it('finds none in a folder without', () => {
    expect(readDistances(temporaryFolder())).toBeUndefined();
  });

  it.each([
    ['{"schema":', /not a whole JSON value/],
    ['null', /distances\.json was changed/],
    [JSON.stringify(sealDocument({ ...DISTANCES, schema: 2 })), /schema/],
    [
      JSON.stringify(sealDocument({ ...DISTANCES, pairs: [{ ...DISTANCES.pairs[0], end: { ...end, raw: 1.1 } }] })),
      /pairs\.0\.end\.raw/,
    ],
  ])('says why %.40s cannot be read', (content, reason) => {
    expect(readDistances(folderWith(content))).toEqual({ reason: expect.stringMatching(reason) });
  });

  it('says so where the file is a folder', () => {
    const folder = temporaryFolder();
    expect(readDistances(join(folderWith('{}'), DISTANCES_FILE))).toEqual({ reason: expect.stringMatching(/ENOTDIR/) });
    expect(readDistances(join(folder, 'none'))).toBeUndefined();
  });
});
