// npm run docs: the reference of everything that is exported, from the doc comments, into docs/api (or the folder given).
import { join } from 'node:path';
import { Application } from 'typedoc';
import { ENTRIES, ROOT } from './entries.mjs';

const folder = process.argv[2] ?? join(ROOT, 'docs/api');

const app = await Application.bootstrap({
  name: 'sparse-rnn',
  entryPoints: Object.values(ENTRIES).map(file => join(ROOT, file)),
  tsconfig: join(ROOT, 'docs/reference/tsconfig.json'),
  readme: join(ROOT, 'docs/library.md'),
  projectDocuments: [join(ROOT, 'docs/method.md')],
  excludePrivate: true,
  excludeInternal: true,
  excludeExternals: true,
  disableSources: true,
  // Types are checked by the build, which `npm run docs` and `npm test` run before.
  skipErrorChecking: true,
  validation: { notExported: false, invalidLink: true, notDocumented: false },
});
const project = await app.convert();
if (project === undefined) process.exit(1);
// A page for each import, under the name that users write.
for (const module of project.children ?? []) {
  const found = Object.entries(ENTRIES).find(([, file]) => file === `packages/${module.name}/index.ts`);
  if (found) module.name = found[0];
}
app.validate(project);
await app.generateDocs(project, folder);
console.log(`${join(folder, 'index.html')}: ${project.children?.map(({ name }) => name).join(', ')}`);
// A warning is a link that leads nowhere, or a tag that says nothing.
process.exit(app.logger.hasErrors() || app.logger.hasWarnings() ? 1 : 0);
