import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import { fromCanonical, toCanonical, variableOf } from '../models/parameters.ts';
import { moveSlot, type Optimizer, type Slot, startSlot } from '../optim/optimizer.ts';
import { find, type Parameter } from './state.ts';
import type { Snapshot } from './types.ts';

/** What an optimizer keeps for each trained number, from slot to variable, shaped and ordered like the values. */
export class Slots {
  private readonly variables = new Map<string, Variable[]>();

  constructor(
    private readonly parameters: readonly Parameter[],
    private readonly optimizer: Optimizer,
  ) {
    for (const { name } of parameters) this.variables.set(name, []);
    this.begin();
  }

  /** The slots of a parameter, in the order of `optimizer.slots`. */
  of({ name }: Parameter): Variable[] {
    return this.variables.get(name)!;
  }

  /** The slot of a name, undefined where there is none now. */
  named(parameter: Parameter, slot: string): Variable | undefined {
    return this.of(parameter)[this.optimizer.slots.indexOf(slot)];
  }

  /** Makes the slots that the optimizer has come to need, at the start or when averaging begins. */
  begin(): void {
    for (const parameter of this.parameters) {
      const own = this.of(parameter);
      const missing = this.optimizer.allSlots.slice(own.length, this.optimizer.slots.length);
      const values = missing.length === 0 ? undefined : toCanonical(parameter, variableOf(parameter));
      for (const slot of missing) own.push(fromCanonical(parameter, startSlot(slot, values!)));
    }
  }

  /**
   * Carries the slots of a matrix over `replace`, which moves it to another topology.
   *
   * @param kept for every weight after the update its rank before, -1 for a new one.
   * @param values of the weights after the update, canonical order.
   */
  move(parameter: Parameter, kept: Int32Array, values: Float32Array, replace: () => void): void {
    const old = this.of(parameter);
    const canonical = old.map(slot => toCanonical(parameter, slot));
    for (const slot of old) slot.dispose();
    replace();
    const moved = canonical.map((before, index) => moveSlot(this.optimizer.allSlots[index], before, kept, values));
    this.variables.set(
      parameter.name,
      moved.map(each => fromCanonical(parameter, each)),
    );
  }

  /** All slots as named arrays in canonical order. */
  save(): Snapshot['tensors'] {
    const tensors: Snapshot['tensors'] = {};
    this.forEach((parameter, { name }, slot) => {
      tensors[`${parameter.name}.${name}`] = {
        dtype: 'F32',
        shape: [...slot.shape],
        data: toCanonical(parameter, slot),
      };
    });
    return tensors;
  }

  /**
   * Makes sure that a snapshot has all slots, once the optimizer has its state; changes nothing.
   *
   * @throws InputError if not.
   */
  check(tensors: Snapshot['tensors']): void {
    for (const parameter of this.parameters) {
      const own = `${parameter.name}.values`;
      const count = (tensors[own] ?? tensors[parameter.name]).data.length;
      for (const name of this.optimizer.slots) find(tensors, `${parameter.name}.${name}`, 'F32', count);
    }
  }

  /** The inverse of `save`, once the optimizer has its state and the model its topology. */
  load(tensors: Snapshot['tensors']): void {
    for (const parameter of this.parameters) {
      const loaded = this.optimizer.slots.map(name => {
        return fromCanonical(parameter, find(tensors, `${parameter.name}.${name}`, 'F32').data as Float32Array);
      });
      for (const slot of this.of(parameter)) slot.dispose();
      this.variables.set(parameter.name, loaded);
    }
  }

  dispose(): void {
    this.forEach((_parameter, _slot, variable) => {
      variable.dispose();
    });
  }

  private forEach(visit: (parameter: Parameter, slot: Slot, variable: Tensor & Variable) => void): void {
    for (const parameter of this.parameters) {
      this.of(parameter).forEach((variable, index) => {
        visit(parameter, this.optimizer.allSlots[index], variable);
      });
    }
  }
}
