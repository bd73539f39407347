/** Finding the name that was meant. */

/**
 * Edits between two words: insertions, deletions, substitutions and swaps of neighbours, each substring edited at most
 * once (optimal string alignment; Damerau 1964).
 */
export const distance = (a: string, b: string): number => {
  let beforePrevious: Array<number> = []
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      let best = Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, substitution)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (beforePrevious[j - 2] ?? 0) + 1)
      }
      current.push(best)
    }
    beforePrevious = previous
    previous = current
  }
  return previous[b.length] ?? 0
}

/** The known name nearest to `name`, if one is near enough to have been meant; of equally near ones the first. */
export const nearest = (name: string, known: Iterable<string>): string | undefined => {
  if (name.length > 64) return undefined
  const written = name.toLowerCase()
  let best: string | undefined
  let edits = Math.max(1, Math.floor(name.length / 3)) + 1
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) >= edits) continue
    const away = distance(written, candidate.toLowerCase())
    if (away < edits) {
      best = candidate
      edits = away
    }
  }
  return best
}

/** `a`, `a or b`, `a, b or c`. */
export const list = (names: ReadonlyArray<string>, conjunction: "and" | "or" = "or"): string =>
  names.length <= 1
    ? (names[0] ?? "nothing")
    : `${names.slice(0, -1).join(", ")} ${conjunction} ${names[names.length - 1] ?? ""}`
