/** Texts with a cursor in them, and the answers of features in the words of a test. */
import { readFileSync } from "node:fs"
import type { Range, TextEdit } from "vscode-languageserver/node"
import type { Snapshot } from "../../src/lsp/Snapshot.ts"
import { offsetAt, read } from "../../src/lsp/Snapshot.ts"
import { completions } from "../../src/lsp/features/Completion.ts"
import { shipped } from "../../src/runtime/environment/Shipped.ts"

export const catalogue = { environments: shipped }

const file = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8")

/** A pipeline whose places and numbers the tests know. */
export const maptalk = file("test/lsp/maptalk.bica")

/** The pipeline with everything that can be learned between agents. */
export const bica = file("pipelines/bica.bica")

export const snapshot = (text: string): Snapshot => read({ name: "file.bica", text }, catalogue)

/** A text whose cursor is written `▮`. */
export const marked = (text: string): { readonly snapshot: Snapshot; readonly offset: number } => {
  const [before = "", after, more] = text.split("▮")
  if (after === undefined || more !== undefined) throw new Error("A text has one cursor")
  return { snapshot: snapshot(before + after), offset: before.length }
}

const changed =
  (text: string) =>
  (old: string, now: string): string => {
    if (!text.includes(old)) throw new Error(`${old} is not there`)
    return text.replace(old, () => now)
  }

/** The pipeline with `old` replaced by `now` in its first place, which may hold the cursor. */
export const inMaptalk = changed(maptalk)
export const inBica = changed(bica)

/** What is offered at the cursor, in its order. */
export const offered = (text: string): ReadonlyArray<string> => {
  const at = marked(text)
  return completions(at.snapshot, at.offset)
    .toSorted((a, b) => ((a.sortText ?? "") < (b.sortText ?? "") ? -1 : 1))
    .map(({ label }) => label)
}

/** `7:2-7:9`, lines and characters from 0. */
export const place = (range: Range): string =>
  `${range.start.line}:${range.start.character}-${range.end.line}:${range.end.character}`

/** A text after edits that do not overlap; of several insertions at one place the first comes first. */
export const edited = (text: string, edits: ReadonlyArray<TextEdit>): string => {
  const one = snapshot(text)
  return edits
    .map(({ newText, range }) => ({ newText, start: offsetAt(one, range.start), end: offsetAt(one, range.end) }))
    .toReversed()
    .toSorted((a, b) => b.start - a.start)
    .reduce((now, { end, newText, start }) => now.slice(0, start) + newText + now.slice(end), text)
}

/** The files of the project's golden tests by name. */
export const golden = (names: ReadonlyArray<string>): ReadonlyMap<string, string> =>
  new Map(names.map((name) => [name, file(`test/golden/${name}`)]))
