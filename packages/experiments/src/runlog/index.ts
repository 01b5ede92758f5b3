export * from './distances.ts';
export * from './folders.ts';
export * from './plan.ts';
export * from './reader.ts';
export * from './schema.ts';
export { openDocument, sealDocument } from './seal.ts';
