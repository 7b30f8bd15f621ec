/** Words that are judged together, and how far the next window is from one. */
export const WINDOW = 16;
export const STEP = 4;

/** Features are counted in this many buckets: a weight each. */
export const BUCKETS = 1 << 17;

/** A text of fewer features counts as if it had this many: two telling words are no sentence. */
export const FLOOR = 80;
