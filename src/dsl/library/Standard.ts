/** The standard library: definitions in the language itself, embedded as text and read when somebody asks for one of them. */
import type * as Ast from "../syntax/Ast.ts"
import { parse } from "../syntax/Parse.ts"
import { sources } from "./Sources.ts"

/** A function of a library. */
export interface LibraryFunction {
  readonly library: string
  readonly define: Ast.Define
}

/** Functions by name. */
export type LibraryFunctions = Pick<ReadonlyMap<string, LibraryFunction>, "get" | "has" | "keys">

/** Libraries by the names of their functions: a definition begins its line. */
const libraryOf: ReadonlyMap<string, string> = new Map(
  [...sources].flatMap(([library, text]) =>
    [...text.matchAll(/^define (\w+)\(/gm)].map(([, name = ""]): [string, string] => [name, library])
  )
)

const read = new Map<string, ReadonlyMap<string, LibraryFunction>>()

/** The functions of one library, read once. */
const functionsOf = (library: string): ReadonlyMap<string, LibraryFunction> => {
  const known = read.get(library)
  if (known !== undefined) return known
  const made = new Map(
    parse(sources.get(library) ?? "").file.declarations.flatMap((one): ReadonlyArray<[string, LibraryFunction]> =>
      one._tag === "Define" ? [[one.name.text, { library, define: one }]] : []
    )
  )
  read.set(library, made)
  return made
}

/** Every function of the libraries by name. A library is read when one of its functions is asked for. */
export const functions: LibraryFunctions = {
  has: (name) => libraryOf.has(name),
  keys: () => libraryOf.keys(),
  get: (name) => {
    const library = libraryOf.get(name)
    return library === undefined ? undefined : functionsOf(library).get(name)
  }
}
