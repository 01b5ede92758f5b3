import { findMethod } from '@sparse-rnn/core';
import type { SpecSettings } from './schema.ts';

/** The settings that a method's paper prescribes, as keys of a spec. */
export function methodSettings(name: string): SpecSettings {
  const { optimizer, distribution, gates, schedule, endRate, growStd } = findMethod(name).settings ?? {};
  const settings = { optimizer, distribution, gates, rateSchedule: schedule, endRate, growStd };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}
