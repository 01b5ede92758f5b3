export { DEFAULTS, PRESETS, type Preset } from './presets.ts';
export { type RunSpec, SPEC_KEYS, type SpecSettings, specSchema } from './schema.ts';
export { canonicalJson, createSpec, type KnownNames, parseSettings, runName, specHash, validateSpec } from './spec.ts';
export { UsageError } from './usageError.ts';
