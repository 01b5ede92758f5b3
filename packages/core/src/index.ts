export { InputError } from './base/errors.ts';
export { type RandomStream, rng } from './base/philox.ts';
export { createProductBench, type ProductBench, type ProductSizes } from './bench/products.ts';
export type * from './cells/cell.ts';
export { cellNames, findCell, registerCell } from './cells/cells.ts';
export { createEngine, ENGINE_NAMES, type EngineOptions, type StartedEngine } from './engines/createEngine.ts';
export { type Engine, engineOf, registerEngine } from './engines/engine.ts';
export { type Installed, type InstallOptions, installTensorflow } from './engines/tensorflow/install/install.ts';
export {
  type CountedMatrix,
  countFlops,
  countUse,
  type FlopCount,
  type MatrixUse,
  type UseFlops,
} from './flops/count.ts';
export { methodFlops, scoreWindows } from './flops/method.ts';
export type { PlannedFlops } from './flops/planned.ts';
export {
  type BatchSize,
  type ByteCount,
  type ByteOptions,
  countBytes,
  type StoredMatrix,
  type WeightBytes,
} from './memory/count.ts';
export type * from './models/settings.ts';
export { type DropoutOptions, dropout } from './ops/dropout/contract.ts';
export type { RecurrentOptions } from './ops/recurrent.ts';
export { type SoftmaxCrossEntropyOptions, softmaxCrossEntropy } from './ops/softmaxCrossEntropy/contract.ts';
export { denseEmbedding, sparseEmbedding } from './ops/sparseEmbedding/contract.ts';
export { GRU_GATES } from './ops/sparseGru/contract.ts';
export { denseGru, sparseGru } from './ops/sparseGru/op.ts';
export { LSTM_GATES } from './ops/sparseLstm/contract.ts';
export { denseLstm, sparseLstm } from './ops/sparseLstm/op.ts';
export { denseMatMul, sparseMatMul } from './ops/sparseMatMul/contract.ts';
export { RHN_GATES } from './ops/sparseRhn/contract.ts';
export { denseRhn, sparseRhn } from './ops/sparseRhn/op.ts';
export type { WeightMatrix } from './ops/weight.ts';
export {
  type ApplyOptions,
  createOptimizer,
  moveSlot,
  type Optimizer,
  type OptimizerSettings,
  type Slot,
  startSlot,
} from './optim/optimizer.ts';
export { allocateNonzeros } from './sparsity/densities.ts';
export { randomTopology } from './sparsity/initial.ts';
export type { Layout, Topology } from './sparsity/layout.ts';
export { ceilShare, roundShare } from './sparsity/rounding.ts';
export { SparseMatrix } from './sparsity/sparseMatrix.ts';
export { hashTopology } from './sparsity/topologyOps.ts';
export {
  type ModelDistance,
  randomLike,
  type TopologyDistance,
  topologyDistance,
} from './topology/distance/distance.ts';
export type { Topologies } from './topology/distance/match.ts';
export {
  initialLanguageModelTopologies,
  initialTextClassifierTopologies,
  snapshotTopologies,
} from './topology/distance/topologies.ts';
export {
  type UnitGroup,
  type WiredMatrix,
  type Wiring,
  wireLanguageModel,
  wireTextClassifier,
} from './topology/distance/wiring.ts';
export { nearestZero } from './topology/drop/nearestZero.ts';
export type { DropRule, DropSelection, RuleMemory } from './topology/drop/rule.ts';
export type { GrowRequest, GrowRule, GrowthQuery, LargestScores, Scores } from './topology/grow/rule.ts';
export { TopPositions } from './topology/grow/topPositions.ts';
export type { SparseWeights, UpdatedMatrix } from './topology/matrix.ts';
export type { Method, MethodSettings, Rewiring, UpdateRules } from './topology/methods/method.ts';
export { checkMethod, findMethod, METHODS, methodNames, registerMethod } from './topology/methods.ts';
export { type PruneOptions, pruneTopology } from './topology/prune/prune.ts';
export type { Pruning } from './topology/prune/pruning.ts';
export type { GateSharing, GrowthBlock } from './topology/redistribute/gates.ts';
export { type DroppedMatrix, type RedistributeRule, shareBy } from './topology/redistribute/rule.ts';
export {
  composeMethod,
  DROP_RULES,
  GROW_RULES,
  REDISTRIBUTE_RULES,
  type RuleNames,
  registerDropRule,
  registerGrowRule,
  registerRedistributeRule,
} from './topology/rules.ts';
export { DEFAULT_PRUNING, type PruningSchedule, validatePruning } from './topology/schedule/pruning.ts';
export { type UpdateOptions, updateTopology } from './topology/update.ts';
export { readSnapshot, writeSnapshot } from './train/checkpoint.ts';
export {
  createLanguageModelTrainer,
  createTextClassifierTrainer,
  describeLanguageModel,
  describeTextClassifier,
  type ModelDescription,
} from './train/create.ts';
export { LANGUAGE_MODEL_DEFAULTS, trainingDefaults } from './train/defaults.ts';
export type * from './train/types.ts';
