import type { Expression } from "./Ast.ts"

/** The expressions directly inside of one, in the order of the text: what every walk over expressions descends into. */
export const operandsOf = (of: Expression): ReadonlyArray<Expression> => {
  switch (of._tag) {
    case "Apply":
      return of.arguments
    case "Negate":
    case "Over":
      return [of.operand]
    case "On":
    case "After":
    case "Changed":
      return [of.left]
    case "Divergence":
    case "Given":
    case "Binary":
      return [of.left, of.right]
    case "Literal":
    case "Variable":
    case "Scheduled":
    case "Learned":
      return []
  }
}
