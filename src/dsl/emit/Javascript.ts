/** Prints a compiled program as JavaScript, to be run: what its TypeScript is without types, comments and layout. */
import type { Program } from "../program/Program.ts"
import type { EmitOptions, Statement } from "./Declarations.ts"
import { statements } from "./Declarations.ts"
import { script, quote } from "./Layout.ts"

const line = (one: Statement): string => {
  switch (one._tag) {
    case "Import": {
      const { from, imported } = one
      const what = "all" in imported ? `* as ${imported.all}` : `{ ${imported.names.join(", ")} }`
      return `import ${what} from ${quote(from)}\n`
    }
    case "Constant":
      return `${one.exported ? "export " : ""}const ${one.name} = ${script(one.code)}\n`
    case "Interface":
      return ""
  }
}

/** JavaScript of a program, as a module; it does what the program's TypeScript does. */
export const javascript = (program: Program, options: EmitOptions): string =>
  statements(program, options).map(line).join("")
