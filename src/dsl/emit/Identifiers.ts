/** Names of generated code: the file's own, in the host language's spelling, clear of its words and of each other. */

/** Words that cannot or should not be names of constants, and the names that every generated file may use. */
const reserved: ReadonlySet<string> = new Set([
  ..."abstract any arguments as asserts async await bigint boolean break case catch class const constructor continue debugger declare default delete do else enum eval export extends false finally for from function get global if implements import in infer instanceof interface is keyof let module namespace never new null number object of override package private protected public readonly require return satisfies set static string super switch symbol this throw true try type typeof undefined unique unknown using var void while with yield".split(
    " "
  ),
  ..."NaN Infinity globalThis process exports Object Array Symbol Promise".split(" "),
  ..."Bica Effect pipeline training imitation objective".split(" ")
])

/** `ai_drift` as `aiDrift`. */
export const camelCase = (name: string): string => {
  const [first = "", ...rest] = name.split("_").filter((part) => part !== "")
  const joined = `${first.slice(0, 1).toLowerCase()}${first.slice(1)}${rest.map((part) => `${part.slice(0, 1).toUpperCase()}${part.slice(1)}`).join("")}`
  return joined === "" ? "unnamed" : /^[0-9]/.test(joined) ? `_${joined}` : joined
}

/** Hands out names, each once. */
export interface Identifiers {
  /** A free name like `name`; `suffix` is what kind of thing it is, used always or only where the plain name is taken. */
  readonly claim: (name: string, suffix: string, always: boolean) => string
}

/** No names given out yet. */
export const make = (): Identifiers => {
  const taken = new Set<string>()
  return {
    claim: (name, suffix, always) => {
      const plain = camelCase(name)
      const free = (one: string): boolean => !taken.has(one) && !reserved.has(one)
      let chosen = always ? `${plain}${suffix}` : plain
      if (!free(chosen) && !always) chosen = `${plain}${suffix}`
      for (let i = 2, base = chosen; !free(chosen); i++) chosen = `${base}${i}`
      taken.add(chosen)
      return chosen
    }
  }
}
