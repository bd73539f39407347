/** From a name to its declaration and its uses, and all of them to another name. */
import type { Range, TextEdit } from "vscode-languageserver/node"
import { keywordTypes } from "../../dsl/syntax/Tokens.ts"
import type { Occurrence } from "../NameIndex.ts"
import { occurrenceAt } from "../NameIndex.ts"
import type { Snapshot } from "../Snapshot.ts"
import { rangeOf, read, tokenAt } from "../Snapshot.ts"

/** The place where the name at an offset is declared in this file; undefined for names that the language gives. */
export const definition = (snapshot: Snapshot, offset: number): Range | undefined => {
  const subject = occurrenceAt(snapshot.index, offset)?.subject
  return subject?._tag === "Declared" ? rangeOf(snapshot, subject.at) : undefined
}

/** A place in a module of the user's own: its path as the file writes it, and the export; the top without one. */
export interface Outside {
  readonly path: string
  readonly name: string | undefined
}

/** The module, or the export of one, that the path or the name at an offset stands for. */
export const definedOutside = (snapshot: Snapshot, offset: number): Outside | undefined => {
  const modules = snapshot.analysis.file.declarations.flatMap((one) =>
    one._tag === "Use" && one.module !== undefined ? [one.module] : []
  )
  const named = modules.find(({ span }) => span.start <= offset && offset <= span.end)
  if (named !== undefined) return { path: named.path, name: undefined }
  const subject = occurrenceAt(snapshot.index, offset)?.subject
  if (subject?._tag !== "Environment" && subject?._tag !== "Metric" && subject?._tag !== "Term") return undefined
  const [module, name] = subject.name.split(".")
  const path = name === undefined ? undefined : modules.find(({ as }) => as.text === module)?.path
  return path === undefined ? undefined : { path, name }
}

/** Every place of the name at an offset, in the order of the text. */
export const uses = (snapshot: Snapshot, offset: number): ReadonlyArray<Occurrence> => {
  const key = occurrenceAt(snapshot.index, offset)?.subject?.key
  return key === undefined ? [] : snapshot.index.occurrences.filter(({ subject }) => subject?.key === key)
}

/** As `uses`, with or without the declaration. */
export const references = (snapshot: Snapshot, offset: number, withDeclaration: boolean): Array<Range> =>
  uses(snapshot, offset)
    .filter(({ declares }) => withDeclaration || !declares)
    .map(({ span }) => rangeOf(snapshot, span))

/** A name that cannot be changed, and why. */
export interface Refusal {
  readonly refused: string
}

/** The name that a rename would change, as it stands. */
export const prepareRename = (
  snapshot: Snapshot,
  offset: number
): { readonly range: Range; readonly placeholder: string } | Refusal => {
  const occurrence = occurrenceAt(snapshot.index, offset)
  if (occurrence === undefined) {
    const token = tokenAt(snapshot.tokens, offset)
    return {
      refused:
        token !== undefined && keywordTypes.has(token.text)
          ? `\`${token.text}\` is a word of the language.`
          : "There is no name here."
    }
  }
  const { span, subject, text } = occurrence
  if (subject === undefined) return { refused: `\`${text}\` is not declared in this file.` }
  if (subject._tag !== "Declared")
    return { refused: `\`${text}\` is not a name of this file: the language or the environment gives it.` }
  return { range: rangeOf(snapshot, span), placeholder: text }
}

const isUnit = (snapshot: Snapshot, start: number): boolean => snapshot.index.units.some((span) => span.start === start)

/**
 * The edits that give the name at an offset another name. A name that would change what any other name of the file stands for is
 * refused.
 */
export const rename = (snapshot: Snapshot, offset: number, name: string): Array<TextEdit> | Refusal => {
  const prepared = prepareRename(snapshot, offset)
  if ("refused" in prepared) return prepared
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    return { refused: "A name begins with a letter or `_` and consists of letters, digits and `_`." }
  if (keywordTypes.has(name)) return { refused: `\`${name}\` is a word of the language.` }
  const old = prepared.placeholder
  const places = uses(snapshot, offset).filter(({ span }) => snapshot.text.slice(span.start, span.end) === old)
  if (name === old) return []
  const covered = new Set(snapshot.index.occurrences.map(({ span }) => span.start))
  const unread = snapshot.tokens.find(
    ({ start, text, type }) => type === "Word" && text === old && !covered.has(start) && !isUnit(snapshot, start)
  )
  if (unread !== undefined && snapshot.analysis.diagnostics.some(({ code }) => code.startsWith("BICA1")))
    return { refused: `Line ${snapshot.lines.lineAt(unread.start)} cannot be read, and may mean \`${old}\`.` }
  let text = ""
  let from = 0
  for (const { span } of places) {
    text += snapshot.text.slice(from, span.start) + name
    from = span.end
  }
  text += snapshot.text.slice(from)
  // Names are compared place by place: each must stand for what it stood for.
  const before = snapshot.index.occurrences
  const now = read({ name: snapshot.name, text }, snapshot.catalogue)
  const after = now.index.occurrences
  const changed = new Set(places.map(({ span }) => span.start))
  const moved = (start: number): number => {
    let by = 0
    for (const place of changed) if (place < start) by += name.length - old.length
    return start + by
  }
  const bindings = new Map(after.map((one) => [one.span.start, one]))
  const other = before.find((one) => {
    const same = bindings.get(moved(one.span.start))
    const [was, is] = [one.subject, same?.subject]
    if (same === undefined || (was === undefined) !== (is === undefined)) return true
    if (was?._tag === "Declared" && is?._tag === "Declared") return moved(was.at.start) !== is.at.start
    return was?._tag !== is?._tag
  })
  if (other !== undefined || after.length !== before.length)
    return { refused: `With the name \`${name}\`, other names of this file would mean something else.` }
  const errors = (one: Snapshot): number =>
    one.analysis.diagnostics.filter(({ severity }) => severity === "error").length
  if (errors(now) > errors(snapshot)) return { refused: `\`${name}\` is taken.` }
  return places.map(({ span }) => ({ range: rangeOf(snapshot, span), newText: name }))
}
