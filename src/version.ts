declare const DAVYLAMP_VERSION: string | undefined;

/** Version of this build; `dev` when the sources run unbuilt. */
export const VERSION: string = typeof DAVYLAMP_VERSION === 'string' ? DAVYLAMP_VERSION : 'dev';
