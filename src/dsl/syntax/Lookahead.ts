/**
 * By which token the parser decides. The same decisions as Chevrotain's own for one token of lookahead, in less time: what every part
 * of the grammar begins with is found in one go when a parser is made, and a choice looks at the token before it asks a condition.
 */
import { Alternation, Alternative, LLkLookaheadStrategy, NonTerminal, Option, Repetition, Terminal } from "chevrotain"
import type { ILookaheadStrategy, IOrAlt, IProduction, IToken, Rule } from "chevrotain"

/** The parser, as a decision sees it. */
interface Looking {
  LA_FAST(ahead: number): IToken
}

/** What a part of the grammar begins with, by the indices of token types; whether it may be nothing at all. */
interface Beginning {
  readonly types: ReadonlySet<number>
  readonly empty: boolean
}

type Alternatives = Parameters<ILookaheadStrategy["buildLookaheadForAlternation"]>[0]
type Optional = Parameters<ILookaheadStrategy["buildLookaheadForOptional"]>[0]

/** Looks one token ahead. A part that may be empty where a choice is made is left to Chevrotain. */
export class OneToken extends LLkLookaheadStrategy {
  readonly #rules = new Map<Rule, Beginning>()
  readonly #parts = new Map<Rule, ReadonlyArray<IProduction>>()

  constructor() {
    super({ maxLookahead: 1 })
  }

  /** Every choice, option and repetition of a rule. */
  #partsOf(rule: Rule): ReadonlyArray<IProduction> {
    const known = this.#parts.get(rule)
    if (known !== undefined) return known
    const found: Array<IProduction> = []
    const open: Array<IProduction> = [...rule.definition]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      found.push(next)
      // a rule that is named is another one
      if (!(next instanceof NonTerminal) && "definition" in next) open.push(...(next as Option).definition)
    }
    this.#parts.set(rule, found)
    return found
  }

  #beginningOf(rule: Rule): Beginning {
    const known = this.#rules.get(rule)
    if (known !== undefined) return known
    const made = this.#first(rule.definition)
    this.#rules.set(rule, made)
    return made
  }

  /** What a sequence begins with. */
  #first(parts: ReadonlyArray<IProduction>): Beginning {
    const types = new Set<number>()
    for (const part of parts) {
      const { empty, types: more } = this.#firstOf(part)
      for (const type of more) types.add(type)
      if (!empty) return { types, empty: false }
    }
    return { types, empty: true }
  }

  #firstOf(part: IProduction): Beginning {
    if (part instanceof Terminal) {
      const { categoryMatches = [], tokenTypeIdx } = part.terminalType
      return {
        types: new Set([...(tokenTypeIdx === undefined ? [] : [tokenTypeIdx]), ...categoryMatches]),
        empty: false
      }
    }
    if (part instanceof NonTerminal) return this.#beginningOf(part.referencedRule)
    if (part instanceof Alternation) {
      const all = part.definition.map((one) => this.#firstOf(one))
      return { types: new Set(all.flatMap(({ types }) => [...types])), empty: all.some(({ empty }) => empty) }
    }
    if (part instanceof Option || part instanceof Repetition)
      return { types: this.#first(part.definition).types, empty: true }
    if (part instanceof Alternative) return this.#first(part.definition)
    throw new Error(`The grammar has a part that is not looked into: ${part.constructor.name}`)
  }

  override buildLookaheadForAlternation(
    options: Alternatives
  ): ReturnType<ILookaheadStrategy["buildLookaheadForAlternation"]> {
    const choice = this.#partsOf(options.rule)
      .filter((part) => part instanceof Alternation)
      .find(({ idx }) => idx === options.prodOccurrence)
    const all = choice?.definition.map((one) => this.#firstOf(one)) ?? []
    if (all.length === 0 || all.some(({ empty }) => empty)) return super.buildLookaheadForAlternation(options)
    /** The alternatives that begin with a type of token, in order. */
    const byType: Array<ReadonlyArray<number>> = []
    for (const [index, { types }] of all.entries())
      for (const type of types) byType[type] = [...(byType[type] ?? []), index]
    return function (this: Looking, alternatives?: Array<IOrAlt<unknown>>) {
      const fitting = byType[this.LA_FAST(1).tokenTypeIdx]
      if (fitting === undefined) return undefined
      for (const index of fitting) {
        const gate = alternatives?.[index]?.GATE
        if (gate === undefined || gate.call(this) !== false) return index
      }
      return undefined
    }
  }

  override buildLookaheadForOptional(options: Optional): ReturnType<ILookaheadStrategy["buildLookaheadForOptional"]> {
    const isMeant =
      options.prodType === "Option"
        ? (one: IProduction) => one instanceof Option
        : (one: IProduction) => options.prodType === "Repetition" && one instanceof Repetition
    const part = this.#partsOf(options.rule)
      .filter((one) => one instanceof Option || one instanceof Repetition)
      .find((one) => isMeant(one) && one.idx === options.prodOccurrence)
    const inside = part === undefined ? undefined : this.#first(part.definition)
    if (inside === undefined || inside.empty) return super.buildLookaheadForOptional(options)
    const begins: Array<boolean> = []
    for (const type of inside.types) begins[type] = true
    return function (this: Looking) {
      return begins[this.LA_FAST(1).tokenTypeIdx] === true
    }
  }
}
