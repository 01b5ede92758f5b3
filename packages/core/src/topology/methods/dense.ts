import type { Method } from './method.ts';

/** The dense model in the same training loop: what the sparse methods are compared with. */
export const dense: Method = {
  name: 'dense',
  paper: '',
  description: 'every weight present, through dense kernels',
  dense: true,
  startsDense: true,
};
