/** Reads mutated files, and tells before and after each. */
import { parentPort, workerData } from 'node:worker_threads';
import { rng } from '../../packages/core/dist/index.js';
import { mutate } from './mutations.mjs';
import { makeTargets } from './targets.mjs';

const { folder, seed, count, only } = workerData;
const targets = await makeTargets(folder);
const shares = targets.reduce((sum, { share }) => sum + share, 0);

for (const target of targets) {
  const cases = Math.ceil((count * target.share) / shares);
  for (let k = 0; k < cases; k++) {
    const id = `${target.name}:${k}`;
    if (only !== undefined && only !== id) continue;
    const { bytes, used } = mutate(target.original, target.kind, rng(seed, 'mutate', target.name, k), target.more);
    parentPort.postMessage({ begin: id });
    try {
      const came = await target.read(bytes);
      parentPort.postMessage({ end: id, target: target.name, came });
    } catch (error) {
      const content = bytes.toString('utf8').slice(0, 3000);
      parentPort.postMessage({
        end: id,
        target: target.name,
        failed: error.stack ?? String(error),
        used,
        ...(only && { content }),
      });
    }
  }
}
parentPort.postMessage({ over: true });
