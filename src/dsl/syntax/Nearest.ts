/**
 * Did you mean: the candidate nearest to a word, if any is near enough to be meant.
 */

/** Edit distance with transpositions of neighbours (optimal string alignment), on the whole of both words. */
export const editDistance = (a: string, b: string): number => {
  let beforeLast: Array<number> = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1)
      row.push(cost)
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? 0
}

/**
 * The candidate nearest to `word` regardless of case: the same letters for words of up to two letters, at most one edit off for up to four, two for longer ones, three from
 * nine on. The first of equals; undefined when none is near. Words of more than 40 letters resemble nothing.
 */
export const nearest = (word: string, candidates: Iterable<string>): string | undefined => {
  if (word.length > 40) return undefined
  const limit = word.length < 3 ? 0 : word.length <= 4 ? 1 : word.length < 9 ? 2 : 3
  let best: string | undefined
  let bestDistance = limit + 1
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) > limit) continue
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}
