/** Mean and spread of one value over the seeds of a setting. */
export interface Summary {
  n: number;
  mean: number;
  /** Sample standard deviation (n - 1); null for a single run, whose spread is unknown. */
  deviation: number | null;
}

/** Summarises values of several seeds; nulls (runs without the value) do not count. Null where none is left. */
export type Summarise = (values: readonly (number | null)[]) => Summary | null;

/**
 * Loads mathjs and returns the summary function. mathjs takes half a second to load, so a report calls this once, and
 * only the report pays for it.
 */
export async function loadSummarise(): Promise<Summarise> {
  const { mean, std } = await import('mathjs/number');
  return values => {
    const known = values.filter(value => value !== null);
    if (known.length === 0) return null;
    return {
      n: known.length,
      mean: Number(mean(known)),
      deviation: known.length === 1 ? null : Number(std(known, 'unbiased')),
    };
  };
}
