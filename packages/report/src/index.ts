export { buildReport, type Report, type ReportOptions } from './build.ts';
export { InputError } from './errors.ts';
export type { RunStatus } from './load/run.ts';
export { main } from './main.ts';
