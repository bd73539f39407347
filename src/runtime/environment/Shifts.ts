/** The shifts of an environment, each made of what it changes. */

/** What is made of each shift, by its name; `make` is told the whole name too, `map.dense`. */
export const shiftsOf = <Changes, Shifts extends Readonly<Record<string, Changes>>, A>(
  environment: string,
  given: Shifts | undefined,
  make: (title: string, changes: Changes) => A
): { readonly [Name in Extract<keyof Shifts, string>]: A } => {
  const entries = Object.entries<Changes>(given ?? {})
  const made = Object.fromEntries(entries.map(([name, changes]) => [name, make(`${environment}.${name}`, changes)]))
  // the keys are those of `given`, which `fromEntries` cannot express
  return made as { readonly [Name in Extract<keyof Shifts, string>]: A }
}
