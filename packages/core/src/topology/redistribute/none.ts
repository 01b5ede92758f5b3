import type { RedistributeRule } from './rule.ts';

/** Every matrix grows as many weights as it lost: its density never changes. */
export const none: RedistributeRule = {
  name: 'none',
  share(matrices) {
    return matrices.map(({ dropped }) => dropped);
  },
};
