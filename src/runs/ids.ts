import { v7 } from 'uuid';

/** A new run id; ids of one process sort in the order they were made, those of many within a millisecond. */
export const newRunId = (): string => `run_${v7()}`;
