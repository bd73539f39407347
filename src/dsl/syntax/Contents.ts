/** What is written in declarations, as numbers: those with the same number differ in nothing but their place in the file. */
import type * as Ast from "./Ast.ts"

/** A number, or the text that one is given for when somebody asks. */
const contents = new WeakMap<Ast.Declaration, number | string>()

const numbers = new Map<string, number>()
let given = 0
/** Characters of the texts in `numbers`, and how many they may be. */
let remembering = 0
const mostRemembered = 4_000_000

/** A number is given to no second text, so that forgetting texts makes equal ones look different and never the other way round. */
const numberOf = (text: string): number => {
  const known = numbers.get(text)
  if (known !== undefined) return known
  if (remembering + text.length > mostRemembered) {
    numbers.clear()
    remembering = 0
  }
  remembering += text.length
  numbers.set(text, ++given)
  return given
}

const withoutPlaces = (key: string, value: unknown): unknown => (key === "span" ? undefined : value)

/** Says of a declaration which text it was read from, first token to last, with nothing mended in it. */
export const readFrom = (declaration: Ast.Declaration, text: string): void => {
  contents.set(declaration, text)
}

/** Says of a declaration that it was read from the same text as another one, which stands elsewhere. */
export const readAs = (declaration: Ast.Declaration, other: Ast.Declaration): void => {
  const known = contents.get(other)
  if (known !== undefined) contents.set(declaration, known)
}

/** The number of what a declaration says. */
export const contentOf = (declaration: Ast.Declaration): number => {
  const known = contents.get(declaration)
  if (typeof known === "number") return known
  // a tree begins with a brace, as no declaration does
  const number = numberOf(known ?? JSON.stringify(declaration, withoutPlaces))
  contents.set(declaration, number)
  return number
}
