/** Kernels by name; the position in the list is the number that assembly/index.ts switches on. */
export const KERNELS = ['fill'] as const;

export type KernelName = (typeof KERNELS)[number];
