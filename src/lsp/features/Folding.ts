/** What can be folded: blocks, comments of several lines, and sections under a ruled heading. Works on broken files too. */
import type { FoldingRange } from "vscode-languageserver/node"
import { FoldingRangeKind } from "vscode-languageserver/node"
import type { Token } from "../Expectation.ts"
import type { Snapshot } from "../Snapshot.ts"

/** `// ---- the stages ----` */
const heading = /^\/\/\s*-{3,}\s*[^\s-]/

/** Folding ranges in the order of their first lines; lines count from 0. */
export const foldingRanges = (snapshot: Snapshot): Array<FoldingRange> => {
  const { comments, lines, text, tokens } = snapshot
  const lineOf = (offset: number): number => lines.lineAt(offset) - 1
  const ranges: Array<FoldingRange> = []

  const open: Array<Token> = []
  for (const [i, token] of tokens.entries()) {
    if (token.type === "LeftBrace") open.push(token)
    if (token.type !== "RightBrace") continue
    const first = open.pop()
    if (first === undefined) continue
    const before = tokens[i - 1]
    // The line of the closing bracket stays in view where it stands alone.
    const alone = before !== undefined && lineOf(before.start) < lineOf(token.start)
    const [startLine, endLine] = [lineOf(first.start), lineOf(token.start) - (alone ? 1 : 0)]
    if (endLine > startLine) ranges.push({ startLine, endLine })
  }

  const whole = comments.filter(({ start }) => text.slice(lines.startOf(lines.lineAt(start)), start).trim() === "")
  let first: number | undefined
  for (const [i, comment] of whole.entries()) {
    const line = lineOf(comment.start)
    const next = whole[i + 1]
    first ??= line
    if (next !== undefined && lineOf(next.start) === line + 1 && !heading.test(next.text)) continue
    if (line > first) ranges.push({ startLine: first, endLine: line, kind: FoldingRangeKind.Comment })
    first = undefined
  }

  const headings = whole.filter((comment) => heading.test(comment.text)).map(({ start }) => lineOf(start))
  for (const [i, startLine] of headings.entries()) {
    let endLine = (headings[i + 1] ?? lines.count) - 1
    while (endLine > startLine && lines.textOf(endLine + 1).trim() === "") endLine -= 1
    if (endLine > startLine) ranges.push({ startLine, endLine, kind: FoldingRangeKind.Region })
  }
  return ranges.toSorted((a, b) => a.startLine - b.startLine || b.endLine - a.endLine)
}
