// Environment variables that hold more than one thing, beside their names in schema.ts: the deployment writes them.

/** Values separated by commas; none of them empty. */
export const listIn = (value: string | undefined): readonly string[] =>
  (value ?? '').split(',').filter((each) => each !== '');

/**
 * `name=https://host` pairs separated by commas.
 * @param variable its name, for the error
 * @throws Error naming the variable and the pair that is none
 */
export const urlPairsIn = (value: string | undefined, variable: string): ReadonlyMap<string, string> =>
  new Map(
    listIn(value).map((pair): [string, string] => {
      const [, name, url] = /^([^=]+)=(https:\/\/.+)$/.exec(pair) ?? [];
      if (name !== undefined && url !== undefined) return [name, url];
      throw new Error(`environment variable ${variable} must be name=https://host pairs, not "${pair}"`);
    }),
  );
