/** Lays out generated expressions: on one line where they fit, else one part per line. */

/** Columns of a line of generated code. */
const columns = 120

/** A piece of generated code. */
export type Doc =
  | { readonly _tag: "Text"; readonly text: string }
  /** Parts between brackets, separated by commas. With `hug`, the last part opens on the line of the bracket. */
  | {
      readonly _tag: "Group"
      readonly open: string
      readonly parts: ReadonlyArray<Doc>
      readonly close: string
      readonly padded: boolean
      readonly hug: boolean
    }
  | { readonly _tag: "Sequence"; readonly docs: ReadonlyArray<Doc> }
  /** What stands in TypeScript alone: a type with its colon. */
  | { readonly _tag: "Typed"; readonly type: Doc }
  /** Statements between braces, each on its own line. */
  | { readonly _tag: "Block"; readonly open: string; readonly statements: ReadonlyArray<Doc>; readonly close: string }

export const text = (code: string): Doc => ({ _tag: "Text", text: code })
export const sequence = (...docs: ReadonlyArray<Doc>): Doc => ({ _tag: "Sequence", docs })
export const typed = (type: Doc): Doc => ({ _tag: "Typed", type })
export const block = (open: string, statements: ReadonlyArray<Doc>, close: string): Doc => ({
  _tag: "Block",
  open,
  statements,
  close
})

/** `callee(a, b)`. */
export const call = (callee: string, ...parts: ReadonlyArray<Doc>): Doc => {
  const last = parts.at(-1)
  const hug =
    last !== undefined &&
    ((last._tag === "Group" && last.open === "{") || last._tag === "Block") &&
    parts.slice(0, -1).every((part) => part._tag === "Text" || part._tag === "Group")
  return { _tag: "Group", open: `${callee}(`, parts, close: ")", padded: false, hug }
}

/** `[a, b]`. */
export const array = (parts: ReadonlyArray<Doc>): Doc => ({
  _tag: "Group",
  open: "[",
  parts,
  close: "]",
  padded: false,
  hug: false
})

/** `{ a: 1, b: 2 }`; a field whose code is its own name is written once. */
export const object = (fields: ReadonlyArray<readonly [name: string, value: Doc]>): Doc => ({
  _tag: "Group",
  open: "{",
  parts: fields.map(([name, value]) =>
    value._tag === "Text" && value.text === name ? value : sequence(text(`${key(name)}: `), value)
  ),
  close: "}",
  padded: true,
  hug: false
})

/** A string literal. */
export const string = (value: string): Doc => text(quote(value))

/** A string as a literal that means exactly this text. */
export const quote = (value: string): string =>
  JSON.stringify(value).replace(
    /[\u2028\u2029\u007f-\u009f]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`
  )

/** A number literal. */
export const number = (value: number): Doc => text(Object.is(value, -0) ? "0" : JSON.stringify(value))

/** `__proto__` as a plain key would set the prototype instead of a field. */
const key = (name: string): string =>
  name === "__proto__" ? '["__proto__"]' : /^[A-Za-z_$][A-Za-z0-9_$]*$/.test(name) ? name : quote(name)

/** The code on one line, or undefined where it has statements. */
const flat = (doc: Doc): string | undefined => {
  switch (doc._tag) {
    case "Text":
      return doc.text
    case "Block":
      return undefined
    case "Typed":
      return flat(doc.type)
    case "Sequence": {
      const parts = doc.docs.map(flat)
      return parts.some((part) => part === undefined) ? undefined : parts.join("")
    }
    case "Group": {
      const parts = doc.parts.map(flat)
      if (parts.some((part) => part === undefined)) return undefined
      const inside = parts.join(", ")
      return doc.padded && inside !== "" ? `${doc.open} ${inside} ${doc.close}` : `${doc.open}${inside}${doc.close}`
    }
  }
}

/** The code of a piece that begins in column `column` of a line indented by `indent`, with `after` columns to follow it. */
export const render = (doc: Doc, indent: number, column: number, after = 0): string => {
  const line = flat(doc)
  if (line !== undefined && column + line.length + after <= columns) return line
  const inner = " ".repeat(indent + 2)
  const outer = " ".repeat(indent)
  switch (doc._tag) {
    case "Text":
      return doc.text
    case "Typed":
      return render(doc.type, indent, column, after)
    case "Sequence": {
      let out = ""
      for (const part of doc.docs) {
        const lastLine = out.slice(out.lastIndexOf("\n") + 1)
        out += render(part, indent, out.includes("\n") ? lastLine.length : column + out.length, after)
      }
      return out
    }
    case "Block":
      return `${doc.open}\n${doc.statements.map((one) => `${inner}${render(one, indent + 2, indent + 2)}\n`).join("")}${outer}${doc.close}`
    case "Group": {
      const last = doc.parts.at(-1)
      if (doc.hug && last !== undefined) {
        const head = doc.parts.slice(0, -1).map(flat).join(", ")
        const start = `${doc.open}${head}${head === "" ? "" : ", "}`
        if (column + start.length + 1 <= columns)
          return `${start}${render(last, indent, column + start.length, columns)}${doc.close}`
      }
      if (doc.parts.length === 0) return `${doc.open}${doc.close}`
      return `${doc.open}\n${doc.parts.map((part) => `${inner}${render(part, indent + 2, indent + 2, 1)}`).join(",\n")}\n${outer}${doc.close}`
    }
  }
}

/** The code of a piece without types and without layout. */
export const script = (doc: Doc): string => {
  switch (doc._tag) {
    case "Text":
      return doc.text
    case "Typed":
      return ""
    case "Sequence":
      return doc.docs.map(script).join("")
    case "Block":
      return `${doc.open}\n${doc.statements.map((one) => `${script(one)}\n`).join("")}${doc.close}`
    case "Group":
      return `${doc.open}${doc.parts.map(script).join(", ")}${doc.close}`
  }
}
