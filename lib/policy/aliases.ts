type Aliases = Readonly<Record<string, readonly string[]>>;

/** Every alias as a chain of model names: aliases inside a chain are replaced by theirs, repetitions dropped. */
export function expandAliases(aliases: Aliases): ReadonlyMap<string, readonly string[]> {
  const chains = new Map<string, readonly string[]>();
  const expand = (name: string, within: readonly string[]): readonly string[] => {
    const known = chains.get(name);
    if (known !== undefined) return known;
    const chain = (ownEntry(aliases, name) ?? []).flatMap((target) =>
      ownEntry(aliases, target) === undefined || within.includes(target)
        ? [target]
        : expand(target, [...within, target]),
    );
    const unique = [...new Set(chain)];
    chains.set(name, unique);
    return unique;
  };
  for (const name of Object.keys(aliases)) expand(name, [name]);
  return chains;
}

/** The aliases that lead back to themselves, each as the way round: `["a", "b", "a"]`. */
export function aliasCycles(aliases: Aliases): readonly (readonly string[])[] {
  const cycles: (readonly string[])[] = [];
  const done = new Set<string>();
  const visit = (name: string, way: readonly string[]): void => {
    const seenAt = way.indexOf(name);
    if (seenAt >= 0) {
      cycles.push([...way.slice(seenAt), name]);
      return;
    }
    if (done.has(name)) return;
    done.add(name);
    for (const target of ownEntry(aliases, name) ?? []) visit(target, [...way, name]);
  };
  for (const name of Object.keys(aliases)) visit(name, []);
  return cycles;
}

const ownEntry = (aliases: Aliases, name: string): readonly string[] | undefined =>
  Object.hasOwn(aliases, name) ? aliases[name] : undefined;
