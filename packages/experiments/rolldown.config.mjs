import { bundle } from '../../rolldown.shared.mjs';

export default bundle(
  import.meta.dirname,
  ['index', 'runlog/index', 'cli', 'internal', 'bench/stepServer'],
  ['commander', 'fastest-levenshtein', 'yaml', 'zod'],
);
