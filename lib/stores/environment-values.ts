// What the deployment writes into environment variables, by the names in schema.ts.

export type Variables = Readonly<Record<string, string | undefined>>;

/** Reads variables that have to be there: the function it gives throws Error naming the one that is not. */
export const requiredOf =
  (variables: Variables) =>
  (name: string): string => {
    const value = variables[name];
    if (value === undefined || value === '') throw new Error(`environment variable ${name} is not set`);
    return value;
  };

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
