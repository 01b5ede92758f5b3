import { planLanguageModel } from '../../models/languageModel.ts';
import type { MatrixPlan, ModelPlan } from '../../models/plan.ts';
import type { LanguageModelSettings, TextClassifierSettings } from '../../models/settings.ts';
import { planTextClassifier } from '../../models/textClassifier.ts';

/**
 * Units that have no names of their own: the dimensions of an embedding, the hidden units of a layer. A model stays the
 * same model when they are numbered otherwise, in every matrix at once.
 */
export interface UnitGroup {
  readonly name: string;
  /** How many units it has. */
  readonly size: number;
}

/** Whose units the rows and columns of one matrix are. */
export interface WiredMatrix {
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
  /** Number of gates: equal blocks of rows. */
  readonly gates: number;
  /** Group of the rows of each gate; absent where rows have names: words, classes. */
  readonly rowGroup?: string;
  /** Groups of the columns, side by side; empty where columns have names. */
  readonly colGroups: readonly string[];
  /** Which side reads the other: the rows, or in an embedding, whose dimensions read words, the columns. */
  readonly reader: 'rows' | 'cols';
}

/** Which units a model has, in the order of the forward pass, and where each of them occurs. */
export interface Wiring {
  /** Groups whose units can be numbered otherwise. */
  readonly groups: readonly UnitGroup[];
  /** Every weight matrix, a tied one once. */
  readonly matrices: readonly WiredMatrix[];
}

/** The units of a language model. With `tied`, those of the last layer are the dimensions of the embedding. */
export function wireLanguageModel(settings: LanguageModelSettings): Wiring {
  return wire(planLanguageModel(settings), settings.layers, settings.tied === true);
}

/** The units of a text classifier. With `bidirectional`, each direction of a layer has units of its own. */
export function wireTextClassifier(settings: TextClassifierSettings): Wiring {
  return wire(planTextClassifier(settings), settings.layers, false);
}

const EMBEDDING = 'embedding';

function wire(plan: ModelPlan, layers: number, tied: boolean): Wiring {
  const directions = plan.layers.length / layers;
  const last = layers - 1;
  const groupOf = (position: number) =>
    tied && position >= last * directions ? EMBEDDING : plan.layers[position].name;
  /** What the layers of an index read; of `layers`, what the decoder reads. */
  const inputsOf = (index: number) =>
    index === 0 ? [EMBEDDING] : Array.from({ length: directions }, (_, k) => groupOf((index - 1) * directions + k));

  const matrices = plan.matrices.map((matrix): WiredMatrix => {
    const { name, role, rows, cols } = matrix;
    const gates = matrix.gates.length;
    if (role === 'embedding') return { name, rows, cols, gates, colGroups: [EMBEDDING], reader: 'cols' };
    if (role === 'decoder') return { name, rows, cols, gates, colGroups: inputsOf(layers), reader: 'rows' };
    const position = plan.layers.findIndex(layer => name.startsWith(`${layer.name}.`));
    const rowGroup = groupOf(position);
    const colGroups = readsInput(plan, position, matrix) ? inputsOf(Math.floor(position / directions)) : [rowGroup];
    return { name, rows, cols, gates, rowGroup, colGroups, reader: 'rows' };
  });
  const embedding = plan.matrices.find(({ role }) => role === 'embedding')!;
  const groups = [
    { name: EMBEDDING, size: embedding.cols },
    ...plan.layers.map(({ sizes }, position) => ({ name: groupOf(position), size: sizes.hidden })),
  ];
  return { groups: groups.filter(({ name }, k) => groups.findIndex(group => group.name === name) === k), matrices };
}

/** Whether a layer's matrix reads what comes from below, not the layer's own state: its columns follow the inputs. */
function readsInput(plan: ModelPlan, position: number, { name, cols }: MatrixPlan): boolean {
  const layer = plan.layers[position];
  const wider = layer.cell.matrices({ ...layer.sizes, inputs: layer.sizes.inputs + 1 });
  return wider.find(matrix => `${layer.name}.${matrix.name}` === name)!.cols !== cols;
}
