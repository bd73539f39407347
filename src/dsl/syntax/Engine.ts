/**
 * Chevrotain's parser, with what it does for each token and each rule written out for the one way in which it is used here: a concrete
 * tree with offsets, no recovery of its own. The trees and the errors are the same, in half the time; a test holds them to it.
 */
import { CstParser } from "chevrotain"
import type { CstElement, CstNode, IParserConfig, IToken, TokenType } from "chevrotain"

/** A rule as Chevrotain keeps it, and its number, which is noted when it is first read. */
interface Rule {
  readonly ruleName: string
  readonly originalGrammarAction: (...given: Array<unknown>) => void
  short?: number
}

interface Labelled {
  readonly LABEL?: string
}

interface Given extends Labelled {
  readonly ARGS?: Array<unknown>
}

const nothing: Array<unknown> = []

type Action = () => unknown
type Guarded = Action | { readonly GATE?: () => boolean; readonly DEF: Action }
type Decision = (this: unknown) => boolean

/** What Chevrotain 13 keeps and calls inside. */
interface Inside {
  CST_STACK: Array<CstNode>
  RULE_STACK: Array<number>
  RULE_STACK_IDX: number
  RULE_OCCURRENCE_STACK: Array<number>
  RULE_OCCURRENCE_STACK_IDX: number
  currIdx: number
  currRuleShortName: number
  currRuleLookaheadFuncs: Array<Decision>
  readonly fullRuleNameToShort: Readonly<Record<string, number>>
  readonly lookAheadFuncsCache: Array<Array<Decision>>
  readonly tokVector: ReadonlyArray<IToken>
  tokenMatcher(token: IToken, type: TokenType): boolean
  consumeInternalError(type: TokenType, token: IToken, options: object | undefined): never
  invokeRuleCatch(error: unknown, resync: boolean, otherwise: Action): unknown
}

const Base = CstParser as unknown as new (
  vocabulary: ReadonlyArray<TokenType>,
  config: IParserConfig
) => CstParser & Inside

/** A node in which nothing is yet. No label is the name of a member that every object has. */
const emptyNode = (name: string, startOffset: number): CstNode => ({
  name,
  children: {},
  location: { startOffset, endOffset: -1 }
})

const add = (node: CstNode, label: string, element: CstElement): void => {
  const there = node.children[label]
  if (there === undefined) node.children[label] = [element]
  else there.push(element)
}

export class Engine extends Base {
  /** The node of the rule that is being read. */
  private node: CstNode = emptyNode("", 0)

  /** Begins the node of the outermost rule. */
  cstInvocationStateUpdate(name: string): void {
    this.node = emptyNode(name, this.tokVector[this.currIdx + 1]?.startOffset ?? -1)
    this.CST_STACK.push(this.node)
  }

  /** Where the outermost rule cannot be read on: the rules inside were left without their stacks being taken down. */
  override invokeRuleCatch(error: unknown, resync: boolean, otherwise: Action): unknown {
    this.RULE_STACK_IDX = 0
    this.RULE_OCCURRENCE_STACK_IDX = 0
    return super.invokeRuleCatch(error, resync, otherwise)
  }

  subruleInternal(rule: Rule, occurrence: number, options: Given | undefined): CstNode {
    const outer = this.node
    const { currRuleLookaheadFuncs, currRuleShortName } = this
    const node = emptyNode(rule.ruleName, this.tokVector[this.currIdx + 1]?.startOffset ?? -1)
    const short = (rule.short ??= this.fullRuleNameToShort[rule.ruleName] ?? -1)
    this.RULE_OCCURRENCE_STACK[++this.RULE_OCCURRENCE_STACK_IDX] = occurrence
    this.RULE_STACK[++this.RULE_STACK_IDX] = short
    this.currRuleShortName = short
    this.currRuleLookaheadFuncs = this.lookAheadFuncsCache[short] ?? []
    this.node = node
    // an error ends the whole parse
    rule.originalGrammarAction.apply(this, options?.ARGS ?? nothing)
    const { location } = node
    const last = this.LA(0)
    if (location !== undefined) {
      if (location.startOffset <= last.startOffset) location.endOffset = last.endOffset ?? -1
      else location.startOffset = -1
    }
    this.RULE_STACK_IDX--
    this.RULE_OCCURRENCE_STACK_IDX--
    this.currRuleShortName = currRuleShortName
    this.currRuleLookaheadFuncs = currRuleLookaheadFuncs
    this.node = outer
    add(outer, options?.LABEL ?? rule.ruleName, node)
    return node
  }

  consumeInternal(type: TokenType, _occurrence: number, options: Labelled | undefined): IToken {
    const token = this.tokVector[this.currIdx + 1]
    if (token === undefined || !this.tokenMatcher(token, type))
      return this.consumeInternalError(type, this.LA(1), options)
    this.currIdx++
    add(this.node, options?.LABEL ?? type.name, token)
    return token
  }

  optionInternalLogic(guarded: Guarded, _occurrence: number, key: number): unknown {
    const begins = this.currRuleLookaheadFuncs[key]
    if (begins?.call(this) !== true) return undefined
    if (typeof guarded === "function") return guarded.call(this)
    return guarded.GATE === undefined || guarded.GATE.call(this) ? guarded.DEF.call(this) : undefined
  }

  manyInternalLogic(_occurrence: number, guarded: Guarded, key: number): void {
    const begins = this.currRuleLookaheadFuncs[key]
    const [action, gate] = typeof guarded === "function" ? [guarded, undefined] : [guarded.DEF, guarded.GATE]
    for (let before = -2; this.currIdx > before && begins?.call(this) === true;) {
      if (gate !== undefined && !gate.call(this)) return
      before = this.currIdx
      action.call(this)
    }
  }
}
