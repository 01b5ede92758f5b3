import { canonical, type Run, startsDense, type Task } from './run.ts';

/** Runs that differ in their seed alone. */
export interface Setting {
  /** HTML id of the setting's block of runs. */
  anchor: string;
  /** The spec's keys that tell the setting from another one of equal method and density; empty where none is. */
  variant: string;
  /** `set 0.10`, with the spec's differing keys where that does not tell settings apart. */
  label: string;
  method: string;
  density: number;
  /** True where the method begins with every connection and prunes. */
  startsDense: boolean;
  /** By seed. */
  runs: Run[];
}

/** Runs whose results may be compared: one task, one preset, one data set, and as much of it. */
export interface Study {
  /** HTML id of the study's part of the page, and the end of its figures' ids: `demo-sotu`. */
  anchor: string;
  task: Task;
  preset: string;
  dataset: Run['start']['dataset'];
  /** Share of every part of the data that is used, in (0, 1]. */
  share: number;
  /** By method in the order of `METHODS`, then by falling density. */
  settings: Setting[];
}

/** Methods in the order in which tables and figures list them; others follow by name. */
export const METHODS = 'dense dense-small static set deepr dsr snfs rigl selfish hyper gmp snip'.split(' ');

/** `0.10`, `0.05`, `0.333`: two digits at least, as many as it needs up to four. */
export function densityText(density: number): string {
  const exact = Number(density.toPrecision(3)).toString();
  return exact.includes('e')
    ? exact
    : Number(exact).toFixed(Math.max(2, Math.min(4, exact.split('.')[1]?.length ?? 0)));
}

/** `dense`, `set 0.10`, or `gmp 0.10, starts dense`. */
export function methodLabel(method: string, density: number, dense = false): string {
  return density === 1 ? method : `${method} ${densityText(density)}${dense ? ', starts dense' : ''}`;
}

/** Whether a setting is one of sparse networks: neither the dense model nor a smaller dense one. */
export function isSparse(setting: Setting): boolean {
  return setting.density < 1 && setting.method !== 'dense-small';
}

/** Whether a setting's sparse networks adapt their connections while they learn and are sparse from the first step. */
export function isAdaptive(setting: Setting): boolean {
  return isSparse(setting) && !setting.startsDense && !FIXED.includes(setting.method);
}

/** Methods whose sparse topology never changes, or only shrinks. */
const FIXED = ['static', 'gmp', 'snip'];

/** Tasks in the order of the report's parts. */
export const TASKS: readonly Task[] = ['language-model', 'classification'];

/** Sorts runs into studies and settings. Every run is in exactly one setting. */
export function groupRuns(runs: readonly Run[]): Study[] {
  const studies = [...groupBy(runs, run => run.studyKey).values()];
  studies.sort(
    ([a], [b]) =>
      TASKS.indexOf(a.task) - TASKS.indexOf(b.task) ||
      compareText(a.preset, b.preset) ||
      compareText(a.start.dataset.name, b.start.dataset.name),
  );
  const slugs = uniqueSlugs(studies.map(([run]) => `${run.preset}-${run.start.dataset.name}`));
  return studies.map((members, index) => {
    const settings = [...groupBy(members, run => run.settingKey).values()].map(sameSetting => ({
      anchor: '',
      variant: '',
      label: methodLabel(sameSetting[0].method, sameSetting[0].density, sameSetting.some(startsDense)),
      method: sameSetting[0].method,
      density: sameSetting[0].density,
      startsDense: sameSetting.some(startsDense),
      runs: sameSetting.sort((a, b) => a.seed - b.seed || compareText(a.directory, b.directory)),
    }));
    settings.sort(
      (a, b) => rank(a.method) - rank(b.method) || compareText(a.method, b.method) || b.density - a.density,
    );
    tellApart(settings);
    settings.forEach((setting, position) => {
      setting.anchor = `setting-${slugs[index]}-${position + 1}`;
    });
    const { task, preset, start } = members[0];
    const share = Number(start.spec['dataShare'] ?? 1);
    return { anchor: slugs[index], task, preset, dataset: start.dataset, share, settings };
  });
}

/**
 * The studies with nothing but the given runs: settings and studies that have none of them are left out. Labels name what
 * tells the settings that are left apart, and nothing else.
 */
export function onlyRuns(studies: readonly Study[], runs: ReadonlySet<Run>): Study[] {
  return studies.flatMap(study => {
    const settings = study.settings
      .map(setting => ({
        ...setting,
        variant: '',
        label: methodLabel(setting.method, setting.density, setting.startsDense),
        runs: setting.runs.filter(run => runs.has(run)),
      }))
      .filter(setting => setting.runs.length > 0);
    tellApart(settings);
    return settings.length === 0 ? [] : [{ ...study, settings }];
  });
}

/** `demo on sotu`, `demo on 25% of sotu`: the study's name in captions. */
export function studyTitle({ preset, dataset, share }: Study): string {
  return `${preset} on ${share < 1 ? `${Number((100 * share).toPrecision(3))}% of ` : ''}${dataset.name}`;
}

/** Names made of letters, digits and dashes; a number follows where two would be the same. */
function uniqueSlugs(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map(name => {
    const base =
      name
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '-')
        .replace(/^-+|-+$/g, '')
        .slice(0, 60) || 'study';
    let slug = base;
    for (let copy = 2; taken.has(slug); copy++) slug = `${base}-${copy}`;
    taken.add(slug);
    return slug;
  });
}

/** Adds the spec keys that differ to labels that are otherwise equal. */
function tellApart(settings: Setting[]): void {
  for (const alike of groupBy(settings, setting => setting.label).values()) {
    if (alike.length === 1) continue;
    const specs = alike.map(setting => setting.runs[0].start.spec);
    const keys = [...new Set(specs.flatMap(spec => Object.keys(spec)))].filter(
      key => key !== 'seed' && new Set(specs.map(spec => canonical(spec[key] ?? null))).size > 1,
    );
    alike.forEach((setting, index) => {
      const differs = keys.map(key => `${key} ${specText(specs[index][key])}`).join(', ');
      setting.variant = differs || `variant ${index + 1}`;
      setting.label += ` (${setting.variant})`;
    });
  }
}

/** A spec's value as short text. */
export function specText(value: unknown): string {
  if (value === undefined) return 'unset';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function rank(method: string): number {
  const index = METHODS.indexOf(method);
  return index < 0 ? METHODS.length : index;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function groupBy<T>(values: readonly T[], key: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const group = groups.get(key(value));
    if (group === undefined) groups.set(key(value), [value]);
    else group.push(value);
  }
  return groups;
}

/** Where a setting's numbers come from: its only run, or all of them. */
export function anchorOf({ anchor, runs }: Setting): string {
  return runs.length === 1 ? runs[0].anchor : anchor;
}

/** A run's name among the runs of the report: the setting, the seed where there are several, the study if given. */
export function runLabel(setting: Setting, run: Run, study?: Study): string {
  const label = setting.runs.length > 1 ? `${setting.label}, seed ${run.seed}` : setting.label;
  return study === undefined ? label : `${label} · ${studyTitle(study)}`;
}
