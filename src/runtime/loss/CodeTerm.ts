/** Terms in TypeScript: what the language cannot say. A module exports them by name, and imports `bica/runtime` alone. */
import type { CodeTerm } from "../../declaration/Code.ts"
import type { Categorical, Scalar, Tensor } from "./Expression.ts"

interface Values {
  readonly scalar: Scalar
  readonly tensor: Tensor
  readonly categorical: Categorical
}

type Arguments<P extends ReadonlyArray<CodeTerm["parameters"][number]>> = {
  readonly [K in keyof P]: Values[P[K]["kind"]]
}

/** A term with its declaration, which the checker types its uses by, and what it builds from its arguments. */
export interface Term<P extends ReadonlyArray<CodeTerm["parameters"][number]>, G extends CodeTerm["gives"]> {
  readonly _tag: "CodeTerm"
  readonly doc: string
  readonly parameters: P
  readonly gives: G
  readonly unit: CodeTerm["unit"]
  readonly build: (...values: Arguments<P>) => Values[G]
}

/**
 * A term of a module of one's own. `build` is called once when a pipeline is put together, and returns a value that makes nodes of the
 * update graph (`Bica.Expression.scalar((context) => …)`, with `Bica.Operations`), or one that is combined of other values (`Bica.mean`).
 */
export const make = <
  const P extends ReadonlyArray<CodeTerm["parameters"][number]>,
  const G extends CodeTerm["gives"]
>(options: {
  readonly doc: string
  readonly parameters: P
  readonly gives: G
  readonly unit?: CodeTerm["unit"]
  readonly build: (...values: Arguments<P>) => Values[G]
}): Term<P, G> => ({ _tag: "CodeTerm", unit: "none", ...options })
