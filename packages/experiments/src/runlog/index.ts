export * from './reader.ts';
export * from './schema.ts';
