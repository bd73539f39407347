/** The one layout there is, as edits. */
import type { TextEdit } from "vscode-languageserver/node"
import { format } from "../../dsl/index.ts"
import type { Snapshot } from "../Snapshot.ts"

/**
 * The edits that lay a text out: one, of the lines between the first and the last that differ; none where it is laid out or
 * cannot be parsed. Line breaks stay those of the text: they are the editor's affair.
 */
export const formatting = (snapshot: Snapshot): Array<TextEdit> => {
  const { lines, text } = snapshot
  const laidOut = format(text)
  if (laidOut === undefined) return []
  const lineBreak = /\r\n|\r|\n/.exec(text)?.[0] ?? "\n"
  const old = Array.from({ length: lines.count }, (_, i) => lines.textOf(i + 1))
  const now = laidOut.split("\n")
  let head = 0
  while (head < old.length && head < now.length && old[head] === now[head]) head++
  if (head === old.length && head === now.length) return []
  let tail = 0
  while (tail < old.length - head && tail < now.length - head && old.at(-1 - tail) === now.at(-1 - tail)) tail++
  const kept = now.slice(head, now.length - tail)
  // Whole lines with their breaks; where the text ends in the middle of it, the break before them instead.
  if (tail > 0) {
    return [
      {
        range: { start: { line: head, character: 0 }, end: { line: old.length - tail, character: 0 } },
        newText: kept.map((line) => `${line}${lineBreak}`).join("")
      }
    ]
  }
  const last = { line: old.length - 1, character: old.at(-1)?.length ?? 0 }
  if (head === 0) return [{ range: { start: { line: 0, character: 0 }, end: last }, newText: kept.join(lineBreak) }]
  return [
    {
      range: { start: { line: head - 1, character: old[head - 1]?.length ?? 0 }, end: last },
      newText: kept.map((line) => `${lineBreak}${line}`).join("")
    }
  ]
}
