// What the programs in tests/ and bench/ use of this package beside its exports; the build has no other way in.
export { readLaunches, writeJobs } from './launch/jobs.ts';
export { commit, peakRssBytes, versions } from './run/environment.ts';
export { evaluateRun } from './run/evaluate.ts';
export { RunFolder } from './run/folder.ts';
export { RunLock, readLock } from './run/lock.ts';
export { run } from './run/runner.ts';
export { runState } from './run/status.ts';
export { openWorkbench } from './run/workbench.ts';
export { readDistances, readPlan, readRunLog } from './runlog/index.ts';
export { knownNames } from './specs/knownNames.ts';
export { methodSettings } from './specs/methodSettings.ts';
export { canonicalJson, createSpec, validateSpec } from './specs/spec.ts';
export { compareSeeds } from './sweep/distances.ts';
export { writePlan } from './sweep/plan.ts';
export { planRuns, readStudy } from './sweep/study.ts';
export { outcome } from './testing/outcome.ts';
