import { DIFFERENCE_TITLE, PUBLISHED_FILES, readPublished } from '../exhibits/published.ts';
import type { Loaded } from '../load/index.ts';
import { stateOf } from '../load/plans.ts';
import { type Html, html } from './html.ts';
import { plural } from './overview.ts';
import type { Page } from './page.ts';

/** Where ours is known to differ from the papers or their released code. */
const DIFFERENCES: readonly [topic: string, theirs: string, ours: string][] = [
  [
    'Nonzeros of a sparse matrix',
    'The released code draws every position independently, so counts vary around the density.',
    'Exactly round(density × rows × columns), half away from zero, so that a fixed budget is literally fixed.',
  ],
  [
    'Gradient clipping',
    'The norm of the reference code includes the gradients of inactive weights.',
    'The norm is that of active weights and biases. The same clip value therefore acts weaker in sparse runs; dense runs are the same in both.',
  ],
  [
    'Drop rule called SET',
    'The option of that name in the released code of Selfish-RNN removes the most negative weights.',
    'Of either sign the weights nearest zero go, as Mocanu et al. (2018) define it. The other rule is there as “set-misread”, for an ablation.',
  ],
  [
    'Growth by gradient and momentum (RigL, SNFS)',
    'The papers rank all positions of the model by the gradient (RigL) or by its running average over past steps (SNFS).',
    'Rows of the gradient come by in blocks and the largest are kept, so that no number is held for every position; for SNFS the coming windows are averaged.',
  ],
  [
    'Deep rewiring',
    'Dormant connections are replaced after every step; a new weight starts at 0 with a random sign.',
    'They are replaced at topology updates; a new weight starts at N(0, 0.001²).',
  ],
  [
    'Engine',
    'The authors’ code multiplies dense matrices by masks.',
    'Sparse matrices are stored and multiplied sparse, forward and backward. The “tensorflow” engine is masked-dense, as a check.',
  ],
  [
    'The model that is tested',
    'Some papers report the model of the last epoch.',
    'The model of least validation loss is tested once. “sparse-rnn evaluate RUN --model last” adds the other to a log.',
  ],
];

/** Details that no source at hand fixes. */
const CHOICES: readonly string[] = [
  'Rounding and ties of the Erdős–Rényi distribution: floors first, what is left over to the largest fractional parts, then to the matrix that comes first.',
  'No topology update after the last step of a training, as nothing would train the weights that grow.',
  'What was dropped does not grow in the same update, unless too few other positions are empty.',
  'A weight that is exactly zero counts as positive in the drop rule of SET.',
  'First threshold of dynamic sparse reparameterization, and how near to its target it must come.',
  'Gradual pruning begins at the start of the training and ends half way.',
  'A loss that is not finite never triggers weight averaging.',
  'Settings that a method’s paper does not prescribe are the same for all methods, with two exceptions: averaging (selfish, and all rows of SNT-ASGD) begins at an epoch that the plan states (“averageBy”) where a training is too short for the trigger of SNT-ASGD to fire, and its learning rate then stays as it is; snfs grows by momentum and so alone trains with it, at a tenth of the others’ learning rate, as each step then lasts about ten times as long (at momentum .9).',
  'The recipe of the text classifiers but for its density, which follows SET-LSTM’s “less than 4% of the parameters”; the classifiers’ linear layer stays dense.',
  'How labelled texts become tokens, how validation and test parts are drawn, and how batches are made.',
];

/** What we could not find out. */
const UNKNOWN: readonly string[] = [
  'The numbers in the paper’s own tables and figures, and the layout of these: only its abstract is at hand. No number of the paper that we have not read is written down as the paper’s.',
  'Its handling of the classification corpora: splits, vocabulary, lengths, number of repetitions.',
  'Its own hyperparameters where they may differ from those of the authors’ follow-up (Selfish-RNN) and its released code.',
  'How many seeds its results are means of, and how far they scatter.',
];

/** Where the study and this reproduction differ, and what is not known: the facts of docs/method.md, in short. */
export function differencesPage(loaded: Loaded): Page {
  return {
    name: 'differences',
    kind: 'differences',
    title: 'Differences from the paper, and what is unknown',
    entry: 'Differences and unknowns',
    content: html`<p class="told">The paper is Liu, Ni’mah, Menkovski, Mocanu and Pechenizkiy, “Efficient and effective training of
sparse recurrent neural networks”, Neural Computing and Applications 33, 9625–9636 (2021), doi 10.1007/s00521-021-05727-y. It
trains sparse LSTMs and recurrent highway networks from scratch with a fixed number of parameters. What is built here
follows its abstract, its predecessor SET-LSTM (arXiv 1901.09208), the authors’ follow-up Selfish-RNN (arXiv 2101.09048) with its
released code, SET (Mocanu et al. 2018), recurrent highway networks (Zilly et al. 2017), and the works that its methods come from.</p>
<section class="block" id="known-differences"><h2>Known differences</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Known differences">
<table class="wide prose"><caption class="unseen">What the papers and their code do, and what is done here</caption>
<thead><tr><th scope="col">What</th><th scope="col">There</th><th scope="col">Here</th></tr></thead>
<tbody>${DIFFERENCES.map(([topic, theirs, ours]) => html`<tr><th scope="row">${topic}</th><td>${theirs}</td><td>${ours}</td></tr>\n`)}</tbody></table></div></section>
<section class="block" id="own-choices"><h2>Fixed by us</h2>
<p class="note">No source at hand settles these; every rule with its test is in docs/method.md of the project.</p>
${list(CHOICES)}</section>
<section class="block" id="unknown"><h2>Unknown</h2>${list(UNKNOWN)}</section>
${ofThisReport(loaded)}
${publishedSection()}`,
    figures: [],
    downloads: [],
  };
}

/** What the runs at hand leave open. */
function ofThisReport({ runs, plans, unreadable, summarised }: Loaded): Html {
  const exhibits = plans.flatMap(plan => plan.exhibits);
  const states = exhibits.map(stateOf);
  const open = states.filter(({ finished, planned }) => finished < planned).length;
  const single = summarised.flatMap(study => study.settings).filter(setting => setting.runs.length === 1).length;
  const engines = [...new Set(runs.map(run => run.start.engine.name))].sort();
  const commits = new Set(runs.map(run => run.start.commit)).size;
  const lines = [
    exhibits.length > 0 &&
      open > 0 &&
      `Of ${exhibits.length} planned tables and figures ${open} ${open === 1 ? 'lacks' : 'lack'} runs.`,
    single > 0 &&
      `${plural(single, 'setting')} ${single === 1 ? 'has' : 'have'} a single run: how much ${single === 1 ? 'its result depends' : 'their results depend'} on the seed is unknown.`,
    engines.length > 0 && `Engines of the runs: ${engines.join(', ')}. Code: ${plural(commits, 'commit')}.`,
    unreadable.length > 0 && `${plural(unreadable.length, 'log')} could not be read.`,
  ];
  const told = lines.filter(line => line !== false);
  return html`<section class="block" id="of-this-report"><h2>Of the runs in this report</h2>${
    told.length > 0 ? list(told) : html`<p class="note">Nothing to note.</p>`
  }</section>\n`;
}

function publishedSection(): Html {
  return html`<section class="block" id="published"><h2>Published numbers of related models</h2>
<p class="note">Test and validation perplexity, or accuracy where a percent sign stands, as their sources give them. None is a number of
the paper. What is trained here at scale paper is compared in the last column; runs of other scales are smaller.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Published numbers of related models">
<table class="wide prose"><caption class="unseen">Published numbers of related models, with their sources</caption>
<thead><tr><th scope="col">Model and data</th><th scope="col" class="number">Sparsity</th><th scope="col" class="number">Validation</th>
<th scope="col" class="number">Test</th><th scope="col">Source</th><th scope="col">Setting</th><th scope="col">${DIFFERENCE_TITLE}</th></tr></thead>
<tbody>${PUBLISHED_FILES.flatMap(readPublished).map(
    ({ model, data, sparsity, validation, test, source, setting, difference }) =>
      html`<tr><th scope="row">${model}, ${data}</th><td class="number">${sparsity}</td><td class="number">${validation}</td>
<td class="number">${test}</td><td>${source}</td><td>${setting}</td><td>${difference}</td></tr>\n`,
  )}</tbody></table></div></section>\n`;
}

function list(texts: readonly string[]): Html {
  return html`<ul class="told">${texts.map(text => html`<li>${text}</li>`)}</ul>\n`;
}
