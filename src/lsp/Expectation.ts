/**
 * What the grammar expects after a sequence of tokens. The parser's own grammar, taken as a graph, is walked along all ways at
 * once, so that a half-written line is as good as a whole one and no rule is written down a second time.
 */
import { Grammar } from "../dsl/syntax/Grammar.ts"
import * as T from "../dsl/syntax/Tokens.ts"

/** A token as far as the walk looks at it. */
export interface Token {
  /** Name of the token's type. */
  readonly type: string
  readonly text: string
  readonly start: number
  readonly end: number
}

/** A rule that has been entered and not left. */
export interface Frame {
  readonly rule: string
  /** The name under which the rule around it knows it. */
  readonly label: string | undefined
  /** Number of the token with which it begins. */
  readonly start: number
  readonly parent: Frame | undefined
}

/** A type of token that may come next. */
export interface Expected {
  /** `Word`, `Numeral`, `keyword sees`. */
  readonly type: string
  readonly label: string | undefined
  readonly frame: Frame
}

// ---- the grammar as a graph ------------------------------------------------------------------------------------

interface State {
  readonly id: number
  /** The rule ends here. */
  final: boolean
  readonly skips: Array<State>
  readonly tokens: Array<{ readonly type: string; readonly label: string | undefined; readonly to: State }>
  readonly rules: Array<{
    readonly id: number
    readonly rule: string
    readonly label: string | undefined
    readonly to: State
  }>
}

type Productions = ReturnType<Grammar["getSerializedGastProductions"]>
type Production = Productions[number]

const text = (production: Production, key: string): string | undefined => {
  const value: unknown = Object.entries(production).find(([name]) => name === key)?.[1]
  return typeof value === "string" ? value : undefined
}

interface Graph {
  readonly starts: ReadonlyMap<string, State>
}

const compile = (productions: Productions): Graph => {
  let states = 0
  let calls = 0
  const state = (): State => ({ id: states++, final: false, skips: [], tokens: [], rules: [] })
  const sequence = (parts: Productions, from: State): State => parts.reduce((at, part) => walk(part, at), from)
  const walk = (part: Production, from: State): State => {
    const inner = part.definition ?? []
    switch (part.type) {
      case "Terminal": {
        const to = state()
        from.tokens.push({ type: text(part, "name") ?? "", label: text(part, "terminalLabel"), to })
        return to
      }
      case "NonTerminal": {
        const to = state()
        from.rules.push({ id: calls++, rule: text(part, "name") ?? "", label: text(part, "label"), to })
        return to
      }
      case "Alternation": {
        const to = state()
        for (const alternative of inner) walk(alternative, from).skips.push(to)
        return to
      }
      case "Option": {
        const to = sequence(inner, from)
        from.skips.push(to)
        return to
      }
      case "Repetition": {
        const head = state()
        from.skips.push(head)
        sequence(inner, head).skips.push(head)
        const to = state()
        head.skips.push(to)
        return to
      }
      case "RepetitionMandatory": {
        const head = state()
        from.skips.push(head)
        const to = sequence(inner, head)
        to.skips.push(head)
        return to
      }
      case "RepetitionWithSeparator":
      case "RepetitionMandatoryWithSeparator":
        throw new Error(`The grammar has a ${part.type}, which this walk does not know`)
      default:
        return sequence(inner, from)
    }
  }
  const starts = new Map<string, State>()
  for (const rule of productions) {
    const start = state()
    starts.set(text(rule, "name") ?? "", start)
    sequence(rule.definition ?? [], start).final = true
  }
  return { starts }
}

let shared: Graph | undefined
const graph = (): Graph => (shared ??= compile(new Grammar().getSerializedGastProductions()))

// ---- the walk --------------------------------------------------------------------------------------------------

/** A frame with where its rule goes on, and a number that is its identity. */
interface Open extends Frame {
  readonly id: number
  readonly after: State | undefined
  readonly parent: Open | undefined
}

/** One way to read the tokens so far. A way that the parser would not take, where it has the choice, weighs more. */
interface Way {
  readonly state: State
  readonly open: Open
  readonly weight: number
  /** Rules left since the last token. */
  readonly left: number
}

/** Ways that are this much worse than the best are given up. */
const worst = 2

interface Walk {
  /** Ways after entering and leaving rules without a token, each with the tokens it can take. */
  readonly spread: (ways: ReadonlyArray<Way>, at: number) => ReadonlyArray<Way>
  readonly take: (ways: ReadonlyArray<Way>, token: Token) => ReadonlyArray<Way>
}

const walking = (): Walk => {
  let frames = 1
  const spread = (ways: ReadonlyArray<Way>, at: number): ReadonlyArray<Way> => {
    const best = new Map<string, Way>()
    const entered = new Map<string, Open>()
    const todo = [...ways].sort((a, b) => b.weight - a.weight)
    for (let way = todo.pop(); way !== undefined; way = todo.pop()) {
      const { left, open, state, weight } = way
      const key = `${state.id} ${open.id}`
      const before = best.get(key)
      if (before !== undefined && (before.weight < weight || (before.weight === weight && before.left <= left)))
        continue
      best.set(key, way)
      // The last that is pushed is looked at first, so that what comes first in the grammar comes first in the answer.
      if (state.final && open.after !== undefined && open.parent !== undefined)
        todo.push({ state: open.after, open: open.parent, weight, left: left + 1 })
      for (const to of state.skips.toReversed()) todo.push({ ...way, state: to })
      for (const edge of state.rules.toReversed()) {
        const start = graph().starts.get(edge.rule)
        if (start === undefined) continue
        const name = `${edge.id} ${open.id}`
        const frame = entered.get(name) ?? {
          id: frames++,
          rule: edge.rule,
          label: edge.label,
          start: at,
          after: edge.to,
          parent: open
        }
        entered.set(name, frame)
        todo.push({ state: start, open: frame, weight, left })
      }
    }
    return [...best.values()].filter(({ state }) => state.tokens.length > 0)
  }
  const take = (ways: ReadonlyArray<Way>, token: Token): ReadonlyArray<Way> => {
    const keyword = token.type.startsWith("keyword ")
    const sign = !keyword && token.type !== "Word"
    const taken: Array<{ readonly way: Way; readonly to: State; readonly rank: number }> = []
    for (const way of ways) {
      for (const edge of way.state.tokens) {
        const exact = edge.type === token.type
        if (!exact && !(keyword && edge.type === "Word")) continue
        // As the parser does: a sign goes to the innermost rule that takes it, a word of the language is that word where it
        // may be, and another word after a number is its unit only if it is the name of one.
        const special = edge.label === "unit" ? T.unitWords.has(token.text) : exact && keyword
        taken.push({ way, to: edge.to, rank: sign ? way.left : special ? 0 : edge.label === "unit" ? 2 : 1 })
      }
    }
    const first = Math.min(...taken.map(({ rank }) => rank))
    const weighed = taken.map(({ rank, to, way }): Way => ({
      state: to,
      open: way.open,
      weight: way.weight + (rank > first ? 1 : 0),
      left: 0
    }))
    const least = Math.min(...weighed.map(({ weight }) => weight))
    return weighed.filter(({ weight }) => weight <= least + worst)
  }
  return { spread, take }
}

/** More tokens of one declaration than this are not walked. */
const longest = 20_000

const depthOf = (token: Token): number =>
  token.type === "LeftBrace" || token.type === "LeftParen"
    ? 1
    : token.type === "RightBrace" || token.type === "RightParen"
      ? -1
      : 0

/**
 * What may come after `tokens`, which begin with a declaration; what goes on with the innermost rule comes first. A line that cannot be read is passed over, with the blocks it
 * opens, so that what is broken above does not silence what is below. `firstOnLine` says where lines begin; it is asked about the
 * place after the last token too.
 */
export const expectedAfter = (
  tokens: ReadonlyArray<Token>,
  firstOnLine: (index: number) => boolean
): ReadonlyArray<Expected> => {
  const start = graph().starts.get("file")
  if (start === undefined || tokens.length > longest) return []
  const { spread, take } = walking()
  const root: Open = { id: 0, rule: "file", label: undefined, start: 0, after: undefined, parent: undefined }
  const all: Way = { state: start, open: root, weight: 0, left: 0 }
  let reached: ReadonlyArray<Way> = [all]
  // For each depth of brackets, where its last line began that could be read so far.
  const lines: Array<ReadonlyArray<Way>> = []
  let depth = 0
  let lineDepth = 0
  /** The depth of a line that could not be read, until a line as deep or less deep. */
  let lost: number | undefined
  const resumes = (at: number, from: number): boolean => at <= from && lines[at] !== undefined
  for (const [i, token] of tokens.entries()) {
    const change = depthOf(token)
    if (lost !== undefined) {
      if (!firstOnLine(i) || !resumes(depth, lost)) {
        depth = Math.max(0, depth + change)
        continue
      }
      reached = lines[depth] ?? []
      lost = undefined
    }
    if (firstOnLine(i)) {
      lineDepth = depth
      lines[depth] = reached
      lines.length = depth + 1
    }
    const taken = take(spread(reached, i), token)
    depth = Math.max(0, depth + change)
    if (taken.length === 0) lost = lineDepth
    else reached = taken
  }
  if (lost !== undefined) {
    if (!firstOnLine(tokens.length) || !resumes(depth, lost)) return []
    reached = lines[depth] ?? []
  }
  const ways = spread(reached, tokens.length)
  const least = Math.min(...ways.map(({ weight }) => weight))
  return ways
    .filter(({ weight }) => weight === least)
    .toSorted((a, b) => a.left - b.left)
    .flatMap(({ open, state }) => state.tokens.map(({ label, type }) => ({ type, label, frame: open })))
}
