/**
 * The grammar of the language. Layout means nothing. The parser stops at its first fault and says where it stood; `Parse.ts` mends
 * the token stream there and goes on, so that a file yields all its faults and a broken line costs no more than that line.
 */
import { Engine } from "./Engine.ts"
import type { CstNode, IParserErrorMessageProvider, IToken, ParserMethod } from "chevrotain"
import { OneToken } from "./Lookahead.ts"
import * as T from "./Tokens.ts"

/** A part of the file that can be left out on its own when it cannot be read. */
export type ItemKind = "declaration" | "shift" | "entry" | "clause" | "statement"

/** An item that the parser is in: its kind and its first token. */
export interface OpenItem {
  readonly kind: ItemKind
  readonly first: IToken
}

/** Faults are told apart by these strings; the sentences for people are written in `Faults.ts`. */
const faults: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected }) => `expected:${expected.name}`,
  buildNotAllInputParsedMessage: () => "redundant",
  buildNoViableAltMessage: ({ customUserDescription }) => `choice:${customUserDescription ?? ""}`,
  buildEarlyExitMessage: ({ customUserDescription }) => `choice:${customUserDescription ?? ""}`
}

// labels, made once
const asName = { LABEL: "name" }
const asWord = { LABEL: "word" }
const asPart = { LABEL: "part" }
const asUnit = { LABEL: "unit" }
const asOperator = { LABEL: "operator" }

export class Grammar extends Engine {
  /** Declarations read to their end, in order, each with its first token. */
  finished: Array<{ readonly node: CstNode; readonly first: IToken }> = []
  /** Items entered and not left: after a fault, those it lies in, outermost first. */
  open: Array<OpenItem> = []
  /** The last entry read to its end, to tell `horizon` without a value from a value in the wrong place. */
  lastEntry: { readonly key: IToken; readonly value: IToken } | undefined

  /** Tokens with which a declaration certainly begins. */
  private begins: Set<IToken> = new Set()
  /** Keyword of the last statement read to its end. */
  lastStatement: string | undefined

  /** `validated`: whether the grammar is looked over for rules that contradict each other, which a test does and no start has to wait for. */
  constructor(validated = false) {
    super([...T.tokenTypes], {
      recoveryEnabled: false,
      maxLookahead: 1,
      lookaheadStrategy: new OneToken(),
      skipValidations: !validated,
      nodeLocationTracking: "onlyOffset",
      errorMessageProvider: faults
    })
    this.performSelfAnalysis()
  }

  /** Forgets the last parse and takes the tokens of the next, and those of them with which a declaration certainly begins. */
  begin(tokens: Array<IToken>, begins: Set<IToken>): void {
    this.input = tokens
    this.finished = []
    this.open = []
    this.lastEntry = undefined
    this.lastStatement = undefined
    this.begins = begins
  }

  private enter(kind: ItemKind): void {
    this.ACTION(() => {
      this.open.push({ kind, first: this.LA(1) })
    })
  }

  private leave(): void {
    this.ACTION(() => {
      this.open.pop()
    })
  }

  /** The word may be read as a name here: the next declaration does not certainly begin with it. */
  private nameHere(): boolean {
    return !this.begins.has(this.LA(1))
  }

  /** Whether the word after a number outside entries is its unit; `update 100 update ai` and the like end the number. */
  private unitInStatement(): boolean {
    return this.LA(1).tokenType === T.Percent || T.unitWords.has(this.LA(1).image)
  }

  /** Whether what follows a number in an entry is its unit. */
  private unitInEntry(): boolean {
    const word = this.LA(1)
    if (word.tokenType === T.Percent) return true
    if (word.tokenType === T.By) return false
    const next = this.LA(2).tokenType
    if (T.unitWords.has(word.image)) {
      return (
        next !== T.Numeral &&
        next !== T.Minus &&
        next !== T.Plus &&
        next !== T.LeftBrace &&
        next !== T.Dot &&
        next !== T.LeftParen
      )
    }
    return (
      next === T.Comma || next === T.RightBrace || next === T.RightParen || next === T.DoubleDot || next === T.Arrow
    )
  }

  /** Whether an argument is `name value`, not an expression. */
  private namedArgument(): boolean {
    const first = this.LA(1)
    if (!T.isWord(first)) return false
    const second = this.LA(2)
    if (second.tokenType === T.Numeral || second.tokenType === T.LeftBrace) return true
    if (!T.isWord(second)) return false
    if (first.tokenType === T.Learned && second.tokenType === T.By) return false
    // `success(bica without rep)`
    if (second.tokenType === T.Without || second.tokenType === T.With) return false
    if (
      second.tokenType === T.Given ||
      second.tokenType === T.On ||
      second.tokenType === T.Over ||
      second.tokenType === T.After
    ) {
      const third = this.LA(3).tokenType
      // `mean(x over time)` names an axis: an argument called `x` has no value that begins with `over`
      return second.tokenType !== T.Over && (third === T.Comma || third === T.RightParen)
    }
    return true
  }

  /** As `namedArgument`, where the other choice is a value and signs belong to numbers. */
  private namedValue(): boolean {
    if (!T.isWord(this.LA(1))) return false
    const second = this.LA(2)
    return (
      second.tokenType === T.Numeral ||
      second.tokenType === T.LeftBrace ||
      second.tokenType === T.Minus ||
      second.tokenType === T.Plus ||
      T.isWord(second)
    )
  }

  /** Whether the bracket here opens a list of names, `{ none, hint }`: no entry of a block has a comma or an end after its key. */
  private namesHere(): boolean {
    if (this.LA(1).tokenType !== T.LeftBrace) return false
    const second = this.LA(2)
    const third = this.LA(3).tokenType
    return (T.isWord(second) || second.tokenType === T.Numeral) && (third === T.Comma || third === T.RightBrace)
  }

  /** Whether a bare method stands here: a path followed by `(`, `,` or `}`. */
  private methodHere(): boolean {
    let at = 2
    while (this.LA(at).tokenType === T.Dot && T.isWord(this.LA(at + 1))) at += 2
    const next = this.LA(at).tokenType
    return next === T.LeftParen || next === T.Comma || next === T.RightBrace
  }

  /** Whether the comma here ends a line of the block, in `sees full, gives { … }` or `sees full, policy gru(8)`: nothing seen goes on like that. */
  private entryAfterComma(): boolean {
    if (!T.isWord(this.LA(2))) return false
    const next = this.LA(3)
    return (
      next.tokenType === T.LeftBrace ||
      next.tokenType === T.Numeral ||
      (T.isWord(next) && this.LA(4).tokenType === T.LeftParen)
    )
  }

  /** Whether a schedule whose first number has a sign stands here. */
  private signedSchedule(): boolean {
    if (this.LA(1).tokenType !== T.Minus || this.LA(2).tokenType !== T.Numeral) return false
    return (
      this.LA(3).tokenType === T.Arrow ||
      ((this.LA(3).tokenType === T.Percent || T.isWord(this.LA(3))) && this.LA(4).tokenType === T.Arrow)
    )
  }

  readonly file = this.RULE("file", () => {
    this.MANY(() => {
      let first: IToken | undefined
      this.ACTION(() => {
        first = this.LA(1)
      })
      const node = this.SUBRULE(this.declaration)
      this.ACTION(() => {
        if (first !== undefined) this.finished.push({ node, first })
      })
    })
  })

  private readonly declared = [
    { ALT: () => this.SUBRULE(this.use) },
    { ALT: () => this.SUBRULE(this.environment) },
    { ALT: () => this.SUBRULE(this.agent) },
    { ALT: () => this.SUBRULE(this.protocol) },
    { ALT: () => this.SUBRULE(this.mapper) },
    { ALT: () => this.SUBRULE(this.instructor) },
    { ALT: () => this.SUBRULE(this.term) },
    { ALT: () => this.SUBRULE(this.define) },
    { ALT: () => this.SUBRULE(this.budget) },
    { ALT: () => this.SUBRULE(this.objective) },
    { ALT: () => this.SUBRULE(this.stage) },
    { ALT: () => this.SUBRULE(this.study) },
    { ALT: () => this.SUBRULE(this.claim) }
  ]

  readonly declaration = this.RULE("declaration", () => {
    this.enter("declaration")
    this.OR(this.declared)
    this.leave()
  })

  // ---- names and numbers -----------------------------------------------------------------------

  private readonly isName = () => this.nameHere()

  private readonly words = [{ GATE: this.isName, ALT: () => this.CONSUME(T.Word, asWord) }]

  readonly identifier = this.RULE("identifier", () => {
    this.OR(this.words)
  })

  private readonly firstPart = [{ GATE: this.isName, ALT: () => this.CONSUME(T.Word, asPart) }]
  private readonly laterPart = [{ GATE: this.isName, ALT: () => this.CONSUME2(T.Word, asPart) }]
  private readonly laterParts = () => {
    this.CONSUME(T.Dot)
    this.OR2(this.laterPart)
  }

  readonly path = this.RULE("path", () => {
    this.OR(this.firstPart)
    this.MANY(this.laterParts)
  })

  readonly paths = this.RULE("paths", () => {
    this.SUBRULE(this.path)
    this.MANY(() => {
      this.CONSUME(T.Comma)
      this.SUBRULE2(this.path)
    })
  })

  private readonly signs = [{ ALT: () => this.CONSUME(T.Plus) }, { ALT: () => this.CONSUME(T.Minus) }]
  private readonly sign = () => this.OR(this.signs)
  private readonly units = [{ ALT: () => this.CONSUME(T.Percent, asUnit) }, { ALT: () => this.CONSUME(T.Word, asUnit) }]
  private readonly unitOfAmount = { GATE: () => this.unitInStatement(), DEF: () => this.OR2(this.units) }
  private readonly unitOfQuantity = { GATE: () => this.unitInEntry(), DEF: () => this.OR2(this.units) }

  /** A number in a statement, a study or a claim; a word after it is its unit when it is a unit's name. */
  readonly amount = this.RULE("amount", () => {
    this.OPTION(this.sign)
    this.CONSUME(T.Numeral)
    this.OPTION2(this.unitOfAmount)
  })

  /** A number in an entry, where the word after it may also be the next key. */
  readonly quantity = this.RULE("quantity", () => {
    this.OPTION(this.sign)
    this.CONSUME(T.Numeral)
    this.OPTION2(this.unitOfQuantity)
  })

  readonly pace = this.RULE("pace", () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(T.Over)
          this.SUBRULE(this.amount)
        }
      },
      {
        ALT: () => {
          this.CONSUME(T.By)
          this.SUBRULE2(this.amount)
          this.CONSUME(T.Per)
          this.CONSUME(T.Word, { LABEL: "per" })
        }
      }
    ])
  })

  // ---- values and blocks -----------------------------------------------------------------------

  /** Whether the value that is read is one to which a setting is varied. */
  private varied = false

  private readonly values = {
    DEF: [
      { ALT: () => this.SUBRULE(this.numeric) },
      {
        GATE: () => this.varied && this.namesHere(),
        ALT: () => this.SUBRULE(this.symbols),
        IGNORE_AMBIGUITIES: true
      },
      { ALT: () => this.SUBRULE(this.block) },
      { GATE: this.isName, ALT: () => this.SUBRULE(this.call) }
    ],
    ERR_MSG: "value"
  }

  /** `varied`: to this a setting is varied, which may be a list of names. */
  readonly value: ParserMethod<[varied?: boolean], CstNode> = this.RULE("value", (varied?: boolean) => {
    this.varied = varied === true
    this.OR(this.values)
  })

  readonly numeric = this.RULE("numeric", () => {
    this.SUBRULE(this.quantity)
    this.OPTION(() => {
      this.OR([
        {
          ALT: () => {
            this.CONSUME(T.DoubleDot)
            this.SUBRULE2(this.quantity)
          }
        },
        {
          ALT: () => {
            this.CONSUME(T.By)
            this.SUBRULE3(this.quantity)
          }
        },
        {
          ALT: () => {
            this.CONSUME(T.Arrow)
            this.SUBRULE4(this.quantity)
            this.SUBRULE(this.pace)
          }
        }
      ])
    })
  })

  readonly call = this.RULE("call", () => {
    this.SUBRULE(this.path)
    this.OPTION(() => {
      this.CONSUME(T.LeftParen)
      this.OPTION2(() => {
        this.SUBRULE(this.valueArgument)
        this.MANY(() => {
          this.CONSUME(T.Comma)
          this.SUBRULE2(this.valueArgument)
        })
      })
      this.CONSUME(T.RightParen)
    })
    this.OPTION3(() => this.SUBRULE(this.block))
  })

  readonly valueArgument = this.RULE("valueArgument", () => {
    this.OPTION({ GATE: () => this.namedValue(), DEF: () => this.CONSUME(T.Word, asName) })
    this.SUBRULE(this.value)
  })

  readonly block = this.RULE("block", () => {
    this.CONSUME(T.LeftBrace)
    this.MANY(() => {
      this.SUBRULE(this.entry)
      this.OPTION(() => this.CONSUME(T.Comma))
    })
    this.CONSUME(T.RightBrace)
  })

  readonly entry = this.RULE("entry", () => {
    this.enter("entry")
    let key: IToken | undefined
    let value: IToken | undefined
    this.ACTION(() => {
      key = this.LA(1)
    })
    this.SUBRULE(this.path)
    this.ACTION(() => {
      value = this.LA(1)
    })
    this.SUBRULE(this.value)
    this.ACTION(() => {
      if (key !== undefined && value !== undefined) this.lastEntry = { key, value }
    })
    this.leave()
  })

  /** `{ N, E, 1, 2, TURN_A }` */
  readonly symbols = this.RULE("symbols", () => {
    this.CONSUME(T.LeftBrace)
    this.MANY(() => {
      this.OR([
        { ALT: () => this.CONSUME(T.Word, { LABEL: "symbol" }) },
        { ALT: () => this.CONSUME(T.Numeral, { LABEL: "symbol" }) }
      ])
      this.OPTION(() => this.CONSUME(T.Comma))
    })
    this.CONSUME(T.RightBrace)
  })

  // ---- expressions -----------------------------------------------------------------------------

  private readonly divergence = () => {
    this.CONSUME(T.DoubleBar)
    this.SUBRULE2(this.conditional)
  }

  /** What may stand in the brackets of a call: also `p || q`, `a given b`, `bica on dense`, `bica after first` and `x over time`. */
  readonly inner = this.RULE("inner", () => {
    this.SUBRULE(this.conditional)
    this.OPTION(this.divergence)
  })

  readonly conditional = this.RULE("conditional", () => {
    this.SUBRULE(this.expression)
    this.OPTION(() => {
      this.OR([
        {
          ALT: () => {
            this.CONSUME(T.Given)
            this.SUBRULE2(this.expression)
          }
        },
        {
          ALT: () => {
            this.CONSUME(T.On)
            this.SUBRULE(this.path)
          }
        },
        {
          ALT: () => {
            this.CONSUME(T.Over)
            this.SUBRULE2(this.path, { LABEL: "axis" })
          }
        },
        {
          ALT: () => {
            this.SUBRULE(this.change)
            this.OPTION2(() => {
              this.CONSUME(T.After)
              this.SUBRULE4(this.path, { LABEL: "stage" })
            })
            this.OPTION3(() => {
              this.CONSUME2(T.On)
              this.SUBRULE3(this.path)
            })
          }
        },
        {
          ALT: () => {
            this.CONSUME2(T.After)
            this.SUBRULE5(this.path, { LABEL: "stage" })
            this.OPTION4(() => {
              this.CONSUME3(T.On)
              this.SUBRULE6(this.path)
            })
          }
        }
      ])
    })
  })

  /** `without rep` or `with codes.size 8`: a variant of an objective. */
  readonly change = this.RULE("change", () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(T.Without)
          this.SUBRULE(this.path)
        }
      },
      {
        ALT: () => {
          this.CONSUME(T.With)
          this.SUBRULE2(this.path)
          this.SUBRULE(this.value, { ARGS: [true] })
        }
      }
    ])
  })

  private readonly comparisons = [
    { ALT: () => this.CONSUME(T.LessEqual, asOperator) },
    { ALT: () => this.CONSUME(T.GreaterEqual, asOperator) },
    { ALT: () => this.CONSUME(T.Less, asOperator) },
    { ALT: () => this.CONSUME(T.Greater, asOperator) },
    { ALT: () => this.CONSUME(T.DoubleEqual, asOperator) }
  ]
  private readonly comparison = () => {
    this.OR(this.comparisons)
    this.SUBRULE2(this.sum)
  }

  readonly expression = this.RULE("expression", () => {
    this.SUBRULE(this.sum)
    this.OPTION(this.comparison)
  })

  private readonly additions = [
    { ALT: () => this.CONSUME(T.Plus, asOperator) },
    { ALT: () => this.CONSUME(T.Minus, asOperator) }
  ]
  private readonly addition = () => {
    this.OR(this.additions)
    this.SUBRULE2(this.product)
  }

  readonly sum: ParserMethod<[], CstNode> = this.RULE("sum", () => {
    this.SUBRULE(this.product)
    this.MANY(this.addition)
  })

  private readonly multiplications = [
    { ALT: () => this.CONSUME(T.Star, asOperator) },
    { ALT: () => this.CONSUME(T.Slash, asOperator) }
  ]
  private readonly multiplication = () => {
    this.OR(this.multiplications)
    this.SUBRULE2(this.signed)
  }

  readonly product: ParserMethod<[], CstNode> = this.RULE("product", () => {
    this.SUBRULE(this.signed)
    this.MANY(this.multiplication)
  })

  private readonly minus = { GATE: () => !this.signedSchedule(), DEF: () => this.CONSUME(T.Minus) }

  readonly signed: ParserMethod<[], CstNode> = this.RULE("signed", () => {
    this.MANY(this.minus)
    this.SUBRULE(this.power)
  })

  readonly negativeSchedule = this.RULE("negativeSchedule", () => {
    this.CONSUME(T.Minus)
    this.SUBRULE(this.literal)
  })

  private readonly raising = () => {
    this.CONSUME(T.Caret)
    this.SUBRULE(this.exponent)
  }

  readonly power: ParserMethod<[], CstNode> = this.RULE("power", () => {
    this.SUBRULE(this.primary)
    this.MANY(this.raising)
  })

  readonly exponent: ParserMethod<[], CstNode> = this.RULE("exponent", () => {
    this.MANY(this.minus)
    this.SUBRULE(this.primary)
  })

  private readonly operands = {
    DEF: [
      { ALT: () => this.SUBRULE(this.literal) },
      { ALT: () => this.SUBRULE(this.negativeSchedule) },
      {
        ALT: () => {
          this.CONSUME(T.LeftParen)
          this.SUBRULE(this.inner)
          return this.CONSUME(T.RightParen)
        }
      },
      {
        GATE: () => this.LA(1).tokenType === T.Learned && this.LA(2).tokenType === T.By,
        ALT: () => this.SUBRULE(this.learned),
        IGNORE_AMBIGUITIES: true
      },
      { GATE: this.isName, ALT: () => this.SUBRULE(this.application) }
    ],
    ERR_MSG: "operand"
  }

  readonly primary: ParserMethod<[], CstNode> = this.RULE("primary", () => {
    this.OR(this.operands)
  })

  private readonly unitOfLiteral = { GATE: () => this.unitInStatement(), DEF: () => this.OR(this.units) }
  private readonly scheduled = () => {
    this.CONSUME(T.Arrow)
    this.SUBRULE(this.amount)
    this.SUBRULE(this.pace)
  }

  /** A number with its unit, or a schedule between two. */
  readonly literal = this.RULE("literal", () => {
    this.CONSUME(T.Numeral)
    this.OPTION(this.unitOfLiteral)
    this.OPTION2(this.scheduled)
  })

  readonly learned = this.RULE("learned", () => {
    this.CONSUME(T.Learned)
    this.CONSUME(T.By)
    this.SUBRULE(this.call)
  })

  private readonly argumentsAfter = () => {
    this.CONSUME(T.Comma)
    this.SUBRULE2(this.argument)
  }
  private readonly argumentsInside = () => {
    this.SUBRULE(this.argument)
    this.MANY(this.argumentsAfter)
  }
  private readonly brackets = () => {
    this.CONSUME(T.LeftParen)
    this.OPTION2(this.argumentsInside)
    this.CONSUME(T.RightParen)
  }

  readonly application: ParserMethod<[], CstNode> = this.RULE("application", () => {
    this.SUBRULE(this.path)
    this.OPTION(this.brackets)
  })

  private readonly arguments = {
    DEF: [
      {
        GATE: () => this.namedArgument(),
        ALT: () => {
          this.CONSUME(T.Word, asName)
          return this.SUBRULE(this.value)
        },
        IGNORE_AMBIGUITIES: true
      },
      { ALT: () => this.SUBRULE(this.inner) }
    ],
    ERR_MSG: "operand"
  }

  readonly argument: ParserMethod<[], CstNode> = this.RULE("argument", () => {
    this.OR(this.arguments)
  })

  // ---- declarations ----------------------------------------------------------------------------

  readonly use = this.RULE("use", () => {
    this.CONSUME(T.Use)
    this.OR({
      DEF: [
        {
          ALT: () => {
            this.CONSUME(T.Quoted)
            this.CONSUME(T.As)
            this.SUBRULE(this.identifier, asName)
          }
        },
        { ALT: () => this.SUBRULE(this.path) }
      ],
      ERR_MSG: "library"
    })
  })

  readonly environment = this.RULE("environment", () => {
    this.CONSUME(T.Environment)
    this.SUBRULE(this.identifier, asName)
    this.CONSUME(T.Equal)
    this.SUBRULE2(this.identifier, { LABEL: "kind" })
    // of a module: `doors.Doors`
    this.OPTION3(() => {
      this.CONSUME(T.Dot)
      this.SUBRULE3(this.identifier, { LABEL: "member" })
    })
    this.OPTION(() => {
      this.CONSUME(T.LeftBrace)
      this.MANY(() => {
        this.OR([
          {
            GATE: () => T.isWord(this.LA(2)) && this.LA(3).tokenType === T.LeftBrace,
            ALT: () => this.SUBRULE(this.shift),
            IGNORE_AMBIGUITIES: true
          },
          { ALT: () => this.SUBRULE(this.entry) }
        ])
        this.OPTION2(() => this.CONSUME(T.Comma))
      })
      this.CONSUME(T.RightBrace)
    })
  })

  readonly shift = this.RULE("shift", () => {
    this.enter("shift")
    this.CONSUME(T.Shift)
    this.SUBRULE(this.identifier, asName)
    this.SUBRULE(this.block)
    this.leave()
  })

  readonly sees = this.RULE("sees", () => {
    this.enter("clause")
    this.CONSUME(T.Sees)
    this.SUBRULE(this.value)
    this.MANY({
      GATE: () => !this.entryAfterComma(),
      DEF: () => {
        this.CONSUME(T.Comma)
        this.SUBRULE2(this.value)
      }
    })
    this.leave()
  })

  readonly agent = this.RULE("agent", () => {
    this.CONSUME(T.Agent)
    this.SUBRULE(this.identifier, asName)
    this.CONSUME(T.Plays)
    this.SUBRULE(this.path)
    this.CONSUME(T.LeftBrace)
    this.MANY(() => {
      this.OR([
        { ALT: () => this.SUBRULE(this.sees), IGNORE_AMBIGUITIES: true },
        { ALT: () => this.SUBRULE(this.says), IGNORE_AMBIGUITIES: true },
        { ALT: () => this.SUBRULE(this.entry) }
      ])
      this.OPTION(() => this.CONSUME(T.Comma))
    })
    this.CONSUME(T.RightBrace)
  })

  readonly says = this.RULE("says", () => {
    this.enter("clause")
    this.CONSUME(T.Says)
    this.OR({
      DEF: [{ ALT: () => this.SUBRULE(this.amount) }, { ALT: () => this.SUBRULE(this.symbols) }],
      ERR_MSG: "says"
    })
    this.leave()
  })

  readonly methods = this.RULE("methods", () => {
    this.CONSUME(T.LeftBrace)
    this.MANY(() => {
      this.OR([
        { GATE: () => this.methodHere(), ALT: () => this.SUBRULE(this.method), IGNORE_AMBIGUITIES: true },
        { ALT: () => this.SUBRULE(this.entry) }
      ])
      this.OPTION(() => this.CONSUME(T.Comma))
    })
    this.CONSUME(T.RightBrace)
  })

  readonly method = this.RULE("method", () => {
    this.enter("entry")
    this.SUBRULE(this.call)
    this.leave()
  })

  readonly protocol = this.RULE("protocol", () => {
    this.CONSUME(T.Protocol)
    this.SUBRULE(this.identifier, asName)
    this.CONSUME(T.For)
    this.SUBRULE(this.path)
    this.SUBRULE(this.methods)
  })

  readonly mapper = this.RULE("mapper", () => {
    this.CONSUME(T.Mapper)
    this.SUBRULE(this.identifier, asName)
    this.CONSUME(T.From)
    this.SUBRULE(this.path)
    this.CONSUME(T.To)
    this.SUBRULE2(this.path)
    this.SUBRULE(this.methods)
  })

  readonly instructor = this.RULE("instructor", () => {
    this.CONSUME(T.Instructor)
    this.SUBRULE(this.identifier, asName)
    this.CONSUME(T.For)
    this.SUBRULE(this.path)
    this.CONSUME(T.LeftBrace)
    this.MANY(() => {
      this.OR([
        { ALT: () => this.SUBRULE(this.sees), IGNORE_AMBIGUITIES: true },
        { ALT: () => this.SUBRULE(this.gives), IGNORE_AMBIGUITIES: true },
        { ALT: () => this.SUBRULE(this.entry) }
      ])
      this.OPTION(() => this.CONSUME(T.Comma))
    })
    this.CONSUME(T.RightBrace)
  })

  readonly gives = this.RULE("gives", () => {
    this.enter("clause")
    this.CONSUME(T.Gives)
    this.SUBRULE(this.symbols)
    this.leave()
  })

  readonly term = this.RULE("term", () => {
    this.CONSUME(T.Term)
    this.SUBRULE(this.identifier, asName)
    this.CONSUME(T.Equal)
    this.SUBRULE(this.expression)
  })

  readonly define = this.RULE("define", () => {
    this.CONSUME(T.Define)
    this.SUBRULE(this.identifier, asName)
    this.CONSUME(T.LeftParen)
    this.OPTION(() => {
      this.SUBRULE(this.parameter)
      this.MANY(() => {
        this.CONSUME(T.Comma)
        this.SUBRULE2(this.parameter)
      })
    })
    this.CONSUME(T.RightParen)
    this.CONSUME(T.Equal)
    this.SUBRULE(this.expression)
  })

  readonly parameter = this.RULE("parameter", () => {
    this.SUBRULE(this.identifier, asName)
    this.CONSUME(T.Colon)
    this.SUBRULE2(this.identifier, { LABEL: "kind" })
  })

  readonly budget = this.RULE("budget", () => {
    this.CONSUME(T.Budget)
    this.SUBRULE(this.identifier, asName)
    this.CONSUME(T.Colon)
    this.SUBRULE(this.sum)
    this.CONSUME(T.LessEqual)
    this.SUBRULE(this.amount)
    this.CONSUME(T.By)
    this.SUBRULE(this.call)
  })

  readonly objective = this.RULE("objective", () => {
    this.CONSUME(T.Objective)
    this.SUBRULE(this.identifier, asName)
    this.CONSUME(T.Equal)
    this.SUBRULE(this.expression)
    this.MANY(() => {
      this.OR([
        {
          ALT: () => {
            this.CONSUME(T.Within)
            this.SUBRULE(this.paths, { LABEL: "within" })
          }
        },
        {
          ALT: () => {
            this.CONSUME(T.Freezing)
            this.SUBRULE2(this.paths, { LABEL: "freezing" })
          }
        },
        {
          ALT: () => {
            this.CONSUME(T.Silencing)
            this.SUBRULE3(this.paths, { LABEL: "silencing" })
          }
        }
      ])
    })
  })

  readonly stage = this.RULE("stage", () => {
    this.CONSUME(T.Stage)
    this.SUBRULE(this.identifier, asName)
    this.OPTION(() => {
      this.OR([
        {
          ALT: () => {
            this.CONSUME(T.LeftParen)
            this.SUBRULE2(this.identifier, { LABEL: "parameterKind" })
            this.SUBRULE3(this.identifier, { LABEL: "parameterName" })
            this.CONSUME(T.RightParen)
          }
        },
        {
          ALT: () => {
            this.CONSUME(T.For)
            this.SUBRULE(this.path, { LABEL: "objective" })
          }
        }
      ])
    })
    this.OPTION2(() => {
      this.CONSUME(T.After)
      this.SUBRULE(this.paths)
    })
    this.SUBRULE(this.statements)
  })

  readonly statements = this.RULE("statements", () => {
    this.CONSUME(T.LeftBrace)
    this.MANY(() => this.SUBRULE(this.statement))
    this.CONSUME(T.RightBrace)
  })

  private readonly statementKinds = [
    { ALT: () => this.SUBRULE(this.imitate) },
    { ALT: () => this.SUBRULE(this.fit) },
    { ALT: () => this.SUBRULE(this.repeat) },
    { ALT: () => this.SUBRULE(this.rollout) },
    { ALT: () => this.SUBRULE(this.update) },
    { ALT: () => this.SUBRULE(this.ascend) },
    { ALT: () => this.SUBRULE(this.checkpoint) },
    { ALT: () => this.SUBRULE(this.play) },
    { ALT: () => this.SUBRULE(this.measure) }
  ]

  readonly statement: ParserMethod<[], CstNode> = this.RULE("statement", () => {
    this.enter("statement")
    this.OR(this.statementKinds)
    this.ACTION(() => {
      this.lastStatement = this.open.at(-1)?.first.image
    })
    this.leave()
  })

  readonly imitate = this.RULE("imitate", () => {
    this.CONSUME(T.Imitate)
    this.SUBRULE(this.call)
    this.CONSUME(T.By)
    this.SUBRULE(this.path)
    this.OPTION(() => {
      this.CONSUME(T.Until)
      this.OR([
        {
          ALT: () => {
            this.CONSUME(T.Word, { LABEL: "metric" })
            this.CONSUME(T.Less)
            this.SUBRULE(this.amount, { LABEL: "bound" })
            this.OPTION2(() => {
              this.CONSUME(T.Or)
              this.SUBRULE2(this.amount, { LABEL: "limit" })
            })
          }
        },
        { ALT: () => this.SUBRULE3(this.amount, { LABEL: "limit" }) }
      ])
    })
    this.OPTION3(() => this.SUBRULE(this.block))
  })

  readonly fit = this.RULE("fit", () => {
    this.CONSUME(T.Fit)
    this.SUBRULE(this.path)
    this.CONSUME(T.For)
    this.SUBRULE(this.amount, { LABEL: "limit" })
    this.OPTION(() => this.SUBRULE(this.block))
  })

  readonly repeat = this.RULE("repeat", () => {
    this.CONSUME(T.Repeat)
    this.CONSUME(T.Numeral)
    this.CONSUME(T.Times)
    this.SUBRULE(this.statements)
  })

  readonly rollout = this.RULE("rollout", () => {
    this.CONSUME(T.Rollout)
    this.SUBRULE(this.amount, { LABEL: "environments" })
    this.OPTION(() => {
      this.CONSUME(T.On)
      this.SUBRULE(this.path)
    })
    this.OPTION2(() => {
      this.CONSUME(T.For)
      this.SUBRULE2(this.amount, { LABEL: "steps" })
    })
    this.OPTION3(() => this.SUBRULE(this.block))
  })

  readonly update = this.RULE("update", () => {
    this.CONSUME(T.Update)
    this.SUBRULE(this.paths)
    this.OPTION(() => this.CONSUME(T.Jointly))
    this.OPTION2(() => this.SUBRULE(this.block))
  })

  readonly ascend = this.RULE("ascend", () => {
    this.CONSUME(T.Ascend)
    this.SUBRULE(this.paths)
  })

  readonly checkpoint = this.RULE("checkpoint", () => {
    this.CONSUME(T.Checkpoint)
    this.CONSUME(T.Every)
    this.SUBRULE(this.amount)
  })

  readonly play = this.RULE("play", () => {
    this.CONSUME(T.Play)
    this.SUBRULE(this.amount)
    this.CONSUME(T.On)
    this.SUBRULE(this.paths, { LABEL: "on" })
    this.OPTION(() => {
      this.CONSUME(T.By)
      this.SUBRULE2(this.paths, { LABEL: "by" })
    })
    this.OPTION2(() => this.SUBRULE(this.block))
  })

  readonly measure = this.RULE("measure", () => {
    this.CONSUME(T.Measure)
    this.SUBRULE(this.paths)
    this.OPTION(() => this.SUBRULE(this.references))
  })

  readonly references = this.RULE("references", () => {
    this.CONSUME(T.LeftBrace)
    this.MANY(() => this.SUBRULE(this.reference))
    this.CONSUME(T.RightBrace)
  })

  /** `baseline one_way`, `suite dense, large` */
  readonly reference = this.RULE("reference", () => {
    this.enter("entry")
    this.SUBRULE(this.identifier, asName)
    this.SUBRULE(this.paths)
    this.leave()
  })

  readonly study = this.RULE("study", () => {
    this.CONSUME(T.Study)
    this.SUBRULE(this.identifier, asName)
    this.CONSUME(T.LeftBrace)
    this.MANY(() => this.SUBRULE(this.studyClause))
    this.CONSUME(T.RightBrace)
  })

  readonly studyClause = this.RULE("studyClause", () => {
    this.enter("clause")
    this.OR([
      {
        ALT: () => {
          this.CONSUME(T.From)
          this.SUBRULE(this.path)
        }
      },
      {
        ALT: () => {
          this.CONSUME(T.Seeds)
          this.SUBRULE(this.amount)
          this.MANY(() => {
            this.CONSUME(T.Comma)
            this.SUBRULE2(this.amount)
          })
        }
      },
      {
        ALT: () => {
          this.CONSUME(T.Compare)
          this.SUBRULE(this.paths)
        }
      },
      {
        ALT: () => {
          this.CONSUME(T.Vary)
          this.SUBRULE2(this.path)
          this.SUBRULE(this.value, { ARGS: [true] })
          this.MANY2(() => {
            this.CONSUME2(T.Comma)
            this.SUBRULE2(this.value, { ARGS: [true] })
          })
        }
      },
      {
        ALT: () => {
          this.CONSUME(T.Without)
          this.SUBRULE2(this.paths)
        }
      }
    ])
    this.leave()
  })

  readonly claim = this.RULE("claim", () => {
    this.CONSUME(T.Claim)
    this.SUBRULE(this.identifier, asName)
    this.CONSUME(T.Colon)
    this.SUBRULE(this.expression)
    this.OPTION(() => {
      this.CONSUME(T.With)
      this.OR({
        DEF: [
          {
            ALT: () => {
              this.CONSUME(T.P)
              this.CONSUME(T.Less)
              this.SUBRULE(this.amount, { LABEL: "significance" })
            }
          },
          {
            ALT: () => {
              this.SUBRULE2(this.amount, { LABEL: "confidence" })
              this.CONSUME(T.Confidence)
            }
          }
        ],
        ERR_MSG: "test"
      })
      this.OPTION2(() => {
        this.CONSUME(T.By)
        this.SUBRULE2(this.identifier, { LABEL: "by" })
      })
    })
    this.OPTION3(() => {
      this.CONSUME(T.Assuming)
      this.SUBRULE(this.assumption)
      this.MANY(() => {
        this.CONSUME(T.Comma)
        this.SUBRULE2(this.assumption)
      })
    })
  })

  /** `difference 5 %` or `spread 2 %`. */
  readonly assumption = this.RULE("assumption", () => {
    this.SUBRULE(this.identifier, asName)
    this.SUBRULE(this.amount)
  })
}
