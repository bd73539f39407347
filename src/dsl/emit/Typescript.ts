/** Prints a compiled program as TypeScript, to be read and to be gone on with by hand. */
import { IndentationText, NewLineKind, Project, QuoteKind, StructureKind, ts, VariableDeclarationKind } from "ts-morph"
import type { ImportDeclarationStructure, InterfaceDeclarationStructure, VariableStatementStructure } from "ts-morph"
import type { Program } from "../program/Program.ts"
import type { EmitOptions, Statement } from "./Declarations.ts"
import { heading, statements } from "./Declarations.ts"
import { render } from "./Layout.ts"

const structure = (
  one: Statement
): ImportDeclarationStructure | InterfaceDeclarationStructure | VariableStatementStructure => {
  switch (one._tag) {
    case "Import": {
      const { from, imported } = one
      return {
        kind: StructureKind.ImportDeclaration,
        moduleSpecifier: from,
        ...("all" in imported ? { namespaceImport: imported.all } : { namedImports: [...imported.names] })
      }
    }
    case "Constant":
      return {
        kind: StructureKind.VariableStatement,
        isExported: one.exported,
        declarationKind: VariableDeclarationKind.Const,
        docs: [{ description: one.doc }],
        // as wide whether it is exported or not: a function that becomes one of several is not laid out anew
        declarations: [{ name: one.name, initializer: render(one.code, 0, `export const ${one.name} = `.length) }]
      }
    case "Interface":
      return {
        kind: StructureKind.Interface,
        isExported: true,
        name: one.name,
        docs: [{ description: one.doc }],
        properties: one.constants.map((name) => ({ name, type: `typeof ${name}`, isReadonly: true }))
      }
  }
}

/** TypeScript of a program, the same text on every machine. */
export const typescript = (program: Program, options: EmitOptions): string => {
  const project = new Project({
    useInMemoryFileSystem: true,
    skipLoadingLibFiles: true,
    manipulationSettings: {
      indentationText: IndentationText.TwoSpaces,
      newLineKind: NewLineKind.LineFeed,
      quoteKind: QuoteKind.Double
    }
  })
  const file = project.createSourceFile("/pipeline.ts", { statements: statements(program, options).map(structure) })
  file.formatText({ semicolons: ts.SemicolonPreference.Remove, indentSize: 2 })
  // every constant has a doc comment, and only these begin a line
  const body = file.getFullText().replaceAll(/\n+\/\*\*/g, "\n\n/**")
  return `${heading(program, options).join("\n")}\n${body}`
}
