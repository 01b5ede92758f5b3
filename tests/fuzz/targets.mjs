/** Everything that is read from disk, and its share of the mutations. */
import * as files from './fileTargets.mjs';
import * as logs from './logTargets.mjs';
import { makeOriginals } from './originals.mjs';

/**
 * Targets: `name`, `share` of all cases, `kind` of file, the `original` bytes, and `read(mutated)`, which gives in a word
 * what came of them, and throws where the reader crashes or shows what is not so.
 */
export async function makeTargets(folder) {
  const { model, classifier, other, dense, study, csv, plan, distances, jobs } = await makeOriginals(folder);
  return [
    logs.sealedLog('log of a language model', 20, model, other, folder),
    logs.sealedLog('log of a classifier', 10, classifier, other, folder),
    logs.oldLog('log without seals', 8, model, folder),
    await logs.report('report', 5, model, { others: [other, ...dense], plan }, folder),
    files.plan('plan.json', 6, plan, folder),
    files.jobs('jobs.json of a launch', 1, jobs, folder),
    files.distances('distances.json', 3, distances, folder),
    files.spec('spec.json', 7, classifier, folder),
    files.places('local.json', 2, classifier, folder),
    files.summary('summary.json', 4, model, folder),
    files.settings('settings', 7, classifier),
    files.study('study', 7, study),
    await files.csv('CSV corpus', 10, csv),
    files.checkpoint('checkpoint', 5, model, folder),
    files.best('best model', 3, classifier, folder),
    files.lock('lock.json', 2, folder),
  ];
}
