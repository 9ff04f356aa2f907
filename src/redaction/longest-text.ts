/**
 * Characters of the longest string that is read. V8 copies a concatenated string as a whole when one of its characters is read, which
 * takes half a millisecond per million and cannot be stopped.
 */
export const LONGEST_TEXT = 2_097_152;
