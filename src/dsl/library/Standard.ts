/** The standard library: definitions in the language itself, embedded as text and read when they are first asked for. */
import type * as Ast from "../syntax/Ast.ts"
import { parse } from "../syntax/Parse.ts"
import { sources } from "./Sources.ts"

/** A function of a library. */
export interface LibraryFunction {
  readonly library: string
  readonly define: Ast.Define
}

let known: ReadonlyMap<string, LibraryFunction> | undefined

/** Every function of the libraries by name. */
export const functions = (): ReadonlyMap<string, LibraryFunction> =>
  (known ??= new Map(
    [...sources].flatMap(([library, text]) =>
      parse(text).file.declarations.flatMap((one): ReadonlyArray<[string, LibraryFunction]> =>
        one._tag === "Define" ? [[one.name.text, { library, define: one }]] : []
      )
    )
  ))
