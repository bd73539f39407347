/**
 * Tokens of the language. Keywords are contextual: a keyword is lexed as a word and given a more special type afterwards, and every
 * keyword type belongs to the category `Word`, so that a researcher may call an agent `prior` or a metric `steps`.
 */
import { createToken, Lexer } from "chevrotain"
import type { IToken, TokenType } from "chevrotain"
import { countedUnits, foreignUnits } from "../../declaration/Parameter.ts"

const punctuation = (name: string, pattern: string): TokenType =>
  createToken({ name, pattern, label: `\`${pattern}\`` })

export const Space = createToken({ name: "Space", pattern: /\s+/, group: Lexer.SKIPPED, line_breaks: true })
export const Comment = createToken({ name: "Comment", pattern: /\/\/[^\n\r]*/, group: "comments", line_breaks: false })
/** Not part of the language; recognised so that one finding names the whole of it. */
export const BlockComment = createToken({
  name: "BlockComment",
  pattern: /\/\*(?:[^*]|\*(?!\/))*(?:\*\/)?/,
  line_breaks: true
})
export const Word = createToken({ name: "Word", pattern: /[A-Za-z_][A-Za-z0-9_]*/, label: "a name" })
export const Numeral = createToken({
  name: "Numeral",
  pattern: /[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/,
  label: "a number"
})
/** `.5`, `1.` and `1_000`: read as numbers after a finding. */
export const OddNumeral = createToken({
  name: "OddNumeral",
  pattern: /\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+\.(?![0-9.])|[0-9]+(?:_[0-9]+)+(?:\.[0-9]+)?/,
  line_breaks: false
})
export const Quoted = createToken({ name: "Quoted", pattern: /"[^"\n\r]*"/, label: "a quoted path" })
export const OpenQuoted = createToken({ name: "OpenQuoted", pattern: /"[^"\n\r]*/ })
export const DoubleDot = punctuation("DoubleDot", "..")
export const Dot = punctuation("Dot", ".")
export const Comma = punctuation("Comma", ",")
export const Colon = punctuation("Colon", ":")
export const DoubleEqual = punctuation("DoubleEqual", "==")
export const Equal = punctuation("Equal", "=")
export const Arrow = punctuation("Arrow", "->")
export const Minus = punctuation("Minus", "-")
export const Plus = punctuation("Plus", "+")
export const Star = punctuation("Star", "*")
export const Slash = punctuation("Slash", "/")
export const Caret = punctuation("Caret", "^")
export const DoubleBar = punctuation("DoubleBar", "||")
export const LessEqual = punctuation("LessEqual", "<=")
export const GreaterEqual = punctuation("GreaterEqual", ">=")
export const Less = punctuation("Less", "<")
export const Greater = punctuation("Greater", ">")
export const Percent = punctuation("Percent", "%")
export const LeftParen = punctuation("LeftParen", "(")
export const RightParen = punctuation("RightParen", ")")
export const LeftBrace = punctuation("LeftBrace", "{")
export const RightBrace = punctuation("RightBrace", "}")

const keyword = (word: string): TokenType =>
  createToken({ name: `keyword ${word}`, pattern: Lexer.NA, categories: [Word], label: `\`${word}\`` })

export const After = keyword("after")
export const Agent = keyword("agent")
export const As = keyword("as")
export const Ascend = keyword("ascend")
export const Assuming = keyword("assuming")
export const Budget = keyword("budget")
export const By = keyword("by")
export const Checkpoint = keyword("checkpoint")
export const Claim = keyword("claim")
export const Compare = keyword("compare")
export const Confidence = keyword("confidence")
export const Define = keyword("define")
export const Environment = keyword("environment")
export const Every = keyword("every")
export const Fit = keyword("fit")
export const For = keyword("for")
export const Freezing = keyword("freezing")
export const From = keyword("from")
export const Given = keyword("given")
export const Gives = keyword("gives")
export const Imitate = keyword("imitate")
export const Instructor = keyword("instructor")
export const Jointly = keyword("jointly")
export const Learned = keyword("learned")
export const Mapper = keyword("mapper")
export const Measure = keyword("measure")
export const Objective = keyword("objective")
export const On = keyword("on")
export const Or = keyword("or")
export const Over = keyword("over")
export const P = keyword("p")
export const Per = keyword("per")
export const Play = keyword("play")
export const Plays = keyword("plays")
export const Protocol = keyword("protocol")
export const Repeat = keyword("repeat")
export const Rollout = keyword("rollout")
export const Says = keyword("says")
export const Seeds = keyword("seeds")
export const Sees = keyword("sees")
export const Shift = keyword("shift")
export const Silencing = keyword("silencing")
export const Stage = keyword("stage")
export const Study = keyword("study")
export const Term = keyword("term")
export const Times = keyword("times")
export const To = keyword("to")
export const Until = keyword("until")
export const Update = keyword("update")
export const Use = keyword("use")
export const Vary = keyword("vary")
export const With = keyword("with")
export const Within = keyword("within")
export const Without = keyword("without")

const keywords: ReadonlyArray<TokenType> = [
  After,
  Agent,
  As,
  Ascend,
  Assuming,
  Budget,
  By,
  Checkpoint,
  Claim,
  Compare,
  Confidence,
  Define,
  Environment,
  Every,
  Fit,
  For,
  Freezing,
  From,
  Given,
  Gives,
  Imitate,
  Instructor,
  Jointly,
  Learned,
  Mapper,
  Measure,
  Objective,
  On,
  Or,
  Over,
  P,
  Per,
  Play,
  Plays,
  Protocol,
  Repeat,
  Rollout,
  Says,
  Seeds,
  Sees,
  Shift,
  Silencing,
  Stage,
  Study,
  Term,
  Times,
  To,
  Until,
  Update,
  Use,
  Vary,
  With,
  Within,
  Without
]

/** The word of a keyword type: `environment` for `Environment`; undefined for any other type. */
export const wordOf = (type: TokenType): string | undefined =>
  type.name.startsWith("keyword ") ? type.name.slice("keyword ".length) : undefined

/** Keyword types by word. */
export const keywordTypes: ReadonlyMap<string, TokenType> = new Map(keywords.map((type) => [wordOf(type) ?? "", type]))

const keywordSet: ReadonlySet<TokenType> = new Set(keywords)

/** What may begin a declaration, a statement of a stage and a line of a study. */
export const declarationWords = [
  "use",
  "environment",
  "agent",
  "protocol",
  "mapper",
  "instructor",
  "term",
  "define",
  "budget",
  "objective",
  "stage",
  "study",
  "claim"
] as const
export const statementWords = [
  "imitate",
  "fit",
  "repeat",
  "rollout",
  "update",
  "ascend",
  "checkpoint",
  "play",
  "measure"
] as const
export const studyWords = ["from", "seeds", "compare", "vary", "without"] as const

/**
 * Words that are a unit wherever they follow a number (in an entry: unless a value follows them, which makes them the next key).
 * Any other word is taken for a unit only in entries, where nothing but a unit can stand: before `,`, `}`, `)`, `..` and `->`.
 * Words that begin a declaration, a statement or a clause (`update`, `seeds`) cannot be among them.
 */
export const unitWords: ReadonlySet<string> = new Set(
  Object.entries({ ...countedUnits, ...foreignUnits }).flatMap(([many, one]) => (one === null ? [many] : [one, many]))
)

/** All token types, in the order in which the lexer tries them. */
export const tokenTypes: ReadonlyArray<TokenType> = [
  Space,
  Comment,
  BlockComment,
  DoubleDot,
  OddNumeral,
  Numeral,
  Word,
  Quoted,
  OpenQuoted,
  Dot,
  Comma,
  Colon,
  DoubleEqual,
  Equal,
  Arrow,
  Minus,
  Plus,
  Star,
  Slash,
  Caret,
  DoubleBar,
  LessEqual,
  GreaterEqual,
  Less,
  Greater,
  Percent,
  LeftParen,
  RightParen,
  LeftBrace,
  RightBrace,
  ...keywords
]

const typesByName: ReadonlyMap<string, TokenType> = new Map(tokenTypes.map((type) => [type.name, type]))

/** The token type of a name, as grammar faults carry it. */
export const typeOf = (name: string): TokenType | undefined => typesByName.get(name)

/** `validated`: whether the patterns are looked over for faults, which a test does and no start has to wait for. */
export const makeLexer = (validated = false): Lexer =>
  new Lexer([...tokenTypes], {
    positionTracking: "onlyOffset",
    ensureOptimizations: true,
    skipValidations: !validated
  })

const lexer = makeLexer()

/** A run of characters that mean nothing in the language. */
export interface StrayRun {
  readonly start: number
  readonly end: number
}

/** Splits a text into tokens and comments (both in order) and runs of characters that mean nothing. Linear in the length of the text. */
export const lex = (
  text: string
): {
  readonly tokens: Array<IToken>
  readonly comments: ReadonlyArray<IToken>
  readonly stray: ReadonlyArray<StrayRun>
} => {
  const result = lexer.tokenize(text)
  const comments = result.groups["comments"] ?? []
  for (const comment of comments) comment.endOffset = comment.startOffset + comment.image.length - 1
  for (const token of result.tokens) {
    token.endOffset = token.startOffset + token.image.length - 1
    if (token.tokenType === Word) {
      const type = keywordTypes.get(token.image)
      if (type !== undefined) retype(token, type)
    }
  }
  return {
    tokens: result.tokens,
    comments,
    stray: result.errors.map((error) => ({ start: error.offset, end: error.offset + error.length }))
  }
}

/** Gives a token another type, in place. */
export const retype = (token: IToken, type: TokenType): void => {
  token.tokenType = type
  token.tokenTypeIdx = type.tokenTypeIdx ?? token.tokenTypeIdx
}

/** Whether a token is of a type or of a type in that category. */
export const is = (token: IToken, type: TokenType): boolean =>
  token.tokenType === type || (type.categoryMatches?.includes(token.tokenTypeIdx) ?? false)

/** Whether a token is a word, keyword or not. */
export const isWord = (token: IToken): boolean => token.tokenType === Word || keywordSet.has(token.tokenType)

/** End offset of a token, exclusive. */
export const endOf = (token: IToken): number => (token.endOffset ?? token.startOffset - 1) + 1

/** Types of the words that begin declarations. */
export const beginsDeclarations: ReadonlySet<TokenType> = new Set(
  declarationWords.flatMap((word) => keywordTypes.get(word) ?? [])
)

/**
 * Whether a declaration certainly begins at `at(0)`: its keyword, its name, and the sign or word that must follow.
 * Outside brackets no valid file has that sequence anywhere else, which lets the parser notice an unfinished line before it.
 */
export const declarationBegins = (at: (offset: number) => IToken): boolean => {
  const first = at(0).tokenType
  const third = at(2).tokenType
  if (first === Use) return at(1).tokenType === Quoted || (isWord(at(1)) && third === Dot)
  if (!isWord(at(1))) return false
  switch (first) {
    case Environment:
    case Term:
    case Objective:
      return third === Equal
    case Agent:
      return third === Plays
    case Protocol:
    case Instructor:
      return third === For
    case Mapper:
      return third === From
    case Define:
      return third === LeftParen
    case Budget:
    case Claim:
      return third === Colon
    case Stage:
      return third === LeftParen || third === LeftBrace || third === After
    case Study:
      return third === LeftBrace
    default:
      return false
  }
}
