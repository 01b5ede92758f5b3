import { describe, expect, it } from 'vitest';
import { createOptimizer, type OptimizerSettings } from './optimizer.ts';
import { moveSlot, startSlot } from './slots.ts';

const settings = { momentum: 0.9, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

/** Three weights; an update removes the middle one and puts in two, at the ranks 0 and 2. */
const before = Float32Array.of(10, 20, 30);
const kept = Int32Array.of(-1, 0, -1, 2);
const values = Float32Array.of(0.5, 1, -0.5, 3);

/** Every slot of an optimizer: when it comes into being, with what, and what the update makes of 10, 20, 30. */
function slotsOf(name: OptimizerSettings['name']) {
  return createOptimizer({ ...settings, name }).allSlots.map(slot => {
    const started = [...startSlot(slot, Float32Array.of(7, 8))];
    return [slot.name, slot.from, started, [...moveSlot(slot, before, kept, values)]];
  });
}

describe('slots', () => {
  it('of momentum and adam start at 0, for new weights too', () => {
    expect(slotsOf('sgd')).toEqual([]);
    expect(slotsOf('momentum')).toEqual([['momentum', 'start', [0, 0], [0, 10, 0, 30]]]);
    expect(slotsOf('adam')).toEqual([
      ['m', 'start', [0, 0], [0, 10, 0, 30]],
      ['v', 'start', [0, 0], [0, 10, 0, 30]],
    ]);
  });

  it('nt-asgd: the average starts at the weights with the trigger; that of a new weight starts at 0', () => {
    expect(slotsOf('nt-asgd')).toEqual([['average', 'trigger', [7, 8], [0, 10, 0, 30]]]);
  });

  it('snt-asgd: the average of a new weight starts at its value, and its age at 0', () => {
    expect(slotsOf('snt-asgd')).toEqual([
      ['average', 'trigger', [7, 8], [0.5, 10, -0.5, 30]],
      ['age', 'trigger', [0, 0], [0, 10, 0, 30]],
    ]);
  });

  it('are copies, so that a weight can change without its slot', () => {
    const [slot] = createOptimizer({ ...settings, name: 'snt-asgd' }).allSlots;
    const weights = Float32Array.of(1);
    const started = startSlot(slot, weights);
    weights[0] = 2;
    expect([...started]).toEqual([1]);
  });
});
