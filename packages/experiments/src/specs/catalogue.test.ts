import { describe, expect, it } from 'vitest';
import { exhibitSchema } from '../runlog/plan.ts';
import { planExhibit } from '../sweep/plan.ts';
import { EXHIBITS, findExhibits } from './catalogue.ts';
import { SCALES } from './exhibit.ts';

describe('every table and figure', () => {
  it.each(EXHIBITS.flatMap(exhibit => SCALES.map(scale => [exhibit.id, scale, exhibit] as const)))(
    '%s at scale %s is a plan that the report can read, and every run a valid spec',
    (id, scale, exhibit) => {
      const { exhibit: planned, runs } = planExhibit(exhibit, scale);
      expect(exhibitSchema.safeParse(planned)).toMatchObject({ success: true });
      expect(planned.command).toBe(`npx sparse-rnn reproduce ${id} --scale ${scale}`);
      expect(runs.length).toBeGreaterThan(1);
      const axes = planned.view.kind === 'against' ? planned.view.x : [];
      for (const axis of axes.filter(each => each !== 'parameters' && each !== 'flops')) {
        const places = planned.groups.flatMap(({ rows }) => rows.map(row => row.settings[axis]));
        expect(new Set(places.filter(value => typeof value === 'number')).size, axis).toBeGreaterThan(1);
      }
    },
  );

  it('compares with dense in every group', () => {
    for (const exhibit of EXHIBITS.filter(({ view }) => view.kind === 'quality' || view.kind === 'against')) {
      for (const { groups } of SCALES.map(scale => planExhibit(exhibit, scale).exhibit)) {
        for (const { title, rows } of groups) {
          expect(
            rows.map(({ settings }) => settings['method']),
            `${exhibit.id} ${title}`,
          ).toContain('dense');
        }
      }
    }
  });

  it('has an id of its own, and titles and questions that differ', () => {
    for (const key of ['id', 'title', 'question'] as const) {
      expect(new Set(EXHIBITS.map(exhibit => exhibit[key])).size).toBe(EXHIBITS.length);
    }
  });
});

describe('findExhibits', () => {
  it('takes ids, tables, figures, and all of them, in the order of the report', () => {
    expect(findExhibits(['figure-2', 'table-1']).map(({ id }) => id)).toEqual(['table-1', 'figure-2']);
    expect(findExhibits(['tables']).every(({ id }) => id.startsWith('table-'))).toBe(true);
    expect(findExhibits([])).toHaveLength(EXHIBITS.length);
  });

  it('refuses another name', () => {
    expect(() => findExhibits(['tabel-1'])).toThrow(/Unknown table or figure 'tabel-1'.*table-1/);
  });
});
