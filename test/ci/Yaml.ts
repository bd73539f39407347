/**
 * The part of YAML that the workflow and the action are written in: maps and lists by indentation, scalars on one line, quoted or plain, lists in
 * brackets. Anything else is refused, so that nothing is read otherwise than GitHub reads it.
 */
export type Yaml = string | ReadonlyArray<Yaml> | { readonly [key: string]: Yaml }

interface Line {
  readonly indent: number
  readonly text: string
}

const scalar = (text: string): Yaml => {
  const list = /^\[(.*)\]$/.exec(text)
  if (list !== null) return (list[1] ?? "").split(",").map((part) => scalar(part.trim()))
  const quoted = /^"((?:[^"\\])*)"$/.exec(text)
  if (quoted !== null) return quoted[1] ?? ""
  if (/^[|>&*!%@`{'"]/.test(text) || (/: | #/.test(text) && !text.startsWith("${{"))) {
    throw new Error(`not understood here: ${text}`)
  }
  return text
}

/** Reads the text of a file. */
export const parse = (text: string): Yaml => {
  const lines: Array<Line> = text
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.trim().startsWith("#"))
    .map((line) => ({ indent: line.length - line.trimStart().length, text: line.trim() }))
  let at = 0
  const block = (indent: number): Yaml => {
    const first = lines[at]
    if (first === undefined || first.indent < indent) return ""
    if (first.text.startsWith("- ")) {
      const items: Array<Yaml> = []
      for (let line = lines[at]; line !== undefined && line.indent === first.indent; line = lines[at]) {
        if (!line.text.startsWith("- ")) throw new Error(`not an item: ${line.text}`)
        const item = line.text.slice(2)
        if (!/^[A-Za-z_-]+:(?: |$)/.test(item)) {
          items.push(scalar(item))
          at++
          continue
        }
        // what stands behind the dash is the first line of the item, two columns further in
        lines[at] = { indent: line.indent + 2, text: item }
        items.push(block(line.indent + 1))
      }
      return items
    }
    const fields: Record<string, Yaml> = {}
    for (let line = lines[at]; line !== undefined && line.indent === first.indent; line = lines[at]) {
      const [, key, value] = /^([A-Za-z_-]+):(?: (.*))?$/.exec(line.text) ?? []
      if (key === undefined || key in fields) throw new Error(`not a field of its own: ${line.text}`)
      at++
      fields[key] = value === undefined ? block(line.indent + 1) : scalar(value)
    }
    return fields
  }
  const whole = block(0)
  if (at < lines.length) throw new Error(`out of place: ${lines[at]?.text}`)
  return whole
}

/** A field that must be a map. */
export const map = (value: Yaml | undefined): { readonly [key: string]: Yaml } => {
  if (value === undefined || typeof value === "string" || Array.isArray(value))
    throw new Error(`no map: ${String(value)}`)
  return Object.fromEntries(Object.entries(value))
}

/** A field that must be a list. */
export const list = (value: Yaml | undefined): ReadonlyArray<Yaml> => {
  if (!Array.isArray(value)) throw new Error(`no list: ${String(value)}`)
  return [...value]
}
