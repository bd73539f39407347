/**
 * Faults of the parser in the words of a researcher, and how the token stream is mended so that the rest of the file can be read.
 */
import type { IToken, TokenType } from "chevrotain"
import type { Diagnostic, Span } from "../diagnostic/Diagnostic.ts"
import type { LineIndex } from "../diagnostic/LineIndex.ts"
import type { SyntaxCode } from "../diagnostic/SyntaxCodes.ts"
import { quotedText, syntaxError } from "../diagnostic/SyntaxCodes.ts"
import { closesNothing, firstOnLine } from "./Brackets.ts"
import type { OpenItem } from "./Grammar.ts"
import { nearest } from "./Nearest.ts"
import * as T from "./Tokens.ts"

/** How to go on after a fault. Indices count tokens. */
export type Mend =
  /** Takes the token for one of another type and image; without an image, for a name that is missing. */
  | { readonly kind: "retype"; readonly index: number; readonly type: TokenType; readonly image: string }
  /** Puts in a token that the author left out. */
  | { readonly kind: "insert"; readonly index: number; readonly type: TokenType; readonly image: string }
  /** Leaves out tokens from `index` to `end`. */
  | { readonly kind: "drop"; readonly index: number; readonly end: number }
  /** Leaves out the item from its token `index`; how far is found by layout and nesting. */
  | { readonly kind: "dropItem"; readonly index: number }

/** Where the parser stood. */
export interface Fault {
  /** `expected:<token type>`, `choice:<what>` or `redundant`, from the grammar. */
  readonly message: string
  /** Grammar rules from the outermost to the one that failed. */
  readonly rules: ReadonlyArray<string>
  readonly tokens: ReadonlyArray<IToken>
  /** Index of the token that does not fit; the number of tokens at the end of the file. */
  readonly index: number
  /** Items that the parser was in, outermost first. */
  readonly open: ReadonlyArray<OpenItem>
  readonly lastEntry: { readonly key: IToken; readonly value: IToken } | undefined
  /** Keyword of the statement that was read before this fault, in the same block. */
  readonly statementBefore: string | undefined
  /** First token of the declaration before this fault, when the fault lies outside declarations. */
  readonly declarationBefore: IToken | undefined
  readonly lines: LineIndex
}

const examples: Readonly<Record<string, string>> = {
  use: "use std.ppo",
  environment: "environment map = MapTalk { … }",
  agent: "agent ai plays map.navigator { … }",
  protocol: "protocol codes for ai { … }",
  mapper: "mapper bridge from human to ai { … }",
  instructor: "instructor coach for human { … }",
  term: "term effort = mean(coach.intervenes)",
  define: "define excess(x: scalar, at: scalar) = hinge(x - at)",
  budget: "budget drift: kl(ai.policy || ai.prior) <= 0.05 nats by dual(0.01)",
  objective: "objective both = ppo(ai) + ppo(human) within drift",
  stage: "stage train(objective o) after prior { … }",
  study: "study main { seeds 13, 42  compare both, one_way }",
  claim: "claim better: success(both) > success(one_way) with 95 % confidence",
  imitate: "imitate map.planner by human until loss < 0.9 nats or 300 updates",
  fit: "fit shapes.encoder for 9000 updates",
  repeat: "repeat 400 times { … }",
  rollout: "rollout 128 environments for 16 steps",
  update: "update human, ai jointly",
  ascend: "ascend budgets",
  checkpoint: "checkpoint every 20",
  play: "play 1000 episodes on map",
  measure: "measure success, steps",
  shift: "shift dense { obstacles 0.30 .. 0.40 }",
  sees: "sees heading, human.message",
  says: "says { N, E, S, W }",
  gives: "gives { none, hint }",
  seeds: "seeds 13, 42, 2025",
  compare: "compare both, one_way",
  vary: "vary codes.size 8, 16, 32",
  without: "without coach",
  from: "from main"
}

const articles: Readonly<Record<string, string>> = {
  environment: "An environment",
  agent: "An agent",
  instructor: "An instructor",
  objective: "An objective"
}

/** What a declaration is called where its word is no noun. */
const nouns: Readonly<Record<string, string>> = { define: "definition", use: "library" }

/** Words that may follow the parts of a statement, besides the next statement. */
const statementContinuations: Readonly<Record<string, ReadonlyArray<string>>> = {
  imitate: ["by", "until", "or"],
  fit: ["for"],
  rollout: ["on", "for"],
  update: ["jointly"],
  play: ["on", "by"]
}

const declarationContinuations: Readonly<Record<string, ReadonlyArray<string>>> = {
  objective: ["within", "freezing", "silencing"],
  claim: ["with", "by", "assuming"],
  use: ["as"]
}

const comparisons: ReadonlySet<TokenType> = new Set([T.Less, T.LessEqual, T.Greater, T.GreaterEqual, T.DoubleEqual])

/** With these a value begins or goes on that is not a name. */
const valueLike: ReadonlySet<TokenType> = new Set([T.Numeral, T.Plus, T.Minus, T.DoubleDot, T.Arrow])

/** What was found, in a sentence. */
const found = (token: IToken | undefined): string => {
  if (token === undefined) return "the end of the file"
  return token.tokenType === T.Quoted ? "the quoted text" : quotedText(token.image)
}

/** What the author left out, in a sentence. */
const wanted = (type: TokenType): string => {
  if (type === T.Word) return "a name"
  if (type === T.Numeral) return "a number"
  if (type === T.P) return "`p` or a level of confidence"
  return type.LABEL ?? type.name
}

const madeUpImages: ReadonlyMap<TokenType, string> = new Map<TokenType, string>([
  [T.Word, "missing"],
  [T.Numeral, "0"]
])
const imageOf = (type: TokenType): string =>
  madeUpImages.get(type) ?? T.wordOf(type) ?? (type.LABEL ?? "").replaceAll("`", "")

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** The keyword and the subject of the innermost sentence that the fault lies in. */
const subjectOf = (fault: Fault): { readonly word: string; readonly text: string } => {
  const item = fault.open.at(-1)
  if (item === undefined) return { word: "", text: "The file" }
  const index = fault.tokens.indexOf(item.first)
  const word = T.wordOf(item.first.tokenType) ?? item.first.image
  if (item.kind === "entry") return { word: "", text: quotedText(item.first.image) }
  if (item.kind === "declaration" || item.kind === "shift") {
    const name = fault.tokens[index + 1]
    const named = name !== undefined && T.isWord(name) && name.isInsertedInRecovery !== true && fault.index > index + 1
    return {
      word,
      text: named
        ? `The ${nouns[word] ?? word} ${quotedText(name.image)}`
        : (articles[word] ?? `A ${nouns[word] ?? word}`)
    }
  }
  return { word, text: `\`${word}\`` }
}

const exampleOf = (word: string): string => {
  const example = examples[word]
  return example === undefined ? "" : `, as in \`${example}\``
}

/** What is found and how to go on. Indices in the result refer to `fault.tokens`. */
export const explain = (fault: Fault): { readonly diagnostic: Diagnostic; readonly mend: Mend } => {
  const { index, lines, tokens } = fault
  const token = tokens[index]
  const previous = tokens[index - 1]
  const rule = fault.rules.at(-1) ?? ""
  const subject = subjectOf(fault)
  const item = fault.open.at(-1)
  const itemIndex = item === undefined ? index : tokens.indexOf(item.first)
  const type = fault.message.startsWith("expected:") ? T.typeOf(fault.message.slice("expected:".length)) : undefined

  /** At the token, or right after the one before it when the token stands on another line. */
  const here = (): Span => {
    if (token !== undefined && !firstOnLine(tokens, index, lines))
      return { start: token.startOffset, end: T.endOf(token) }
    return after()
  }
  const at = (): Span => (token === undefined ? after() : { start: token.startOffset, end: T.endOf(token) })
  const after = (): Span => {
    const end = previous === undefined ? 0 : T.endOf(previous)
    return { start: end, end }
  }
  const result = (
    code: SyntaxCode,
    span: Span,
    cause: string,
    fix: string,
    mend: Mend,
    more?: { readonly replacement?: string }
  ) => ({ diagnostic: syntaxError(code, span, cause, fix, more), mend })

  /** What stands at `here()` with a word or sign before it, as the fix of one that is missing. */
  const before = (text: string): { readonly replacement: string } => {
    const { end, start } = here()
    return { replacement: start === end ? ` ${text}` : `${text} ${lines.text.slice(start, end)}` }
  }
  const insert = (type: TokenType): Mend => ({ kind: "insert", index, type, image: imageOf(type) })
  const dropHere: Mend = { kind: "dropItem", index }
  const dropItem: Mend = { kind: "dropItem", index: itemIndex }
  const dropToken: Mend = { kind: "drop", index, end: index + 1 }

  /** The token is one of `words`, misspelt. */
  const misspelt = (words: Iterable<string>) => {
    if (token === undefined || !T.isWord(token) || token.isInsertedInRecovery === true) return undefined
    const meant = nearest(token.image, words)
    const type = meant === undefined ? undefined : T.keywordTypes.get(meant)
    if (meant === undefined || type === undefined || type === token.tokenType) return undefined
    return result(
      "BICA1301",
      at(),
      `${found(token)} is not a word of the language here.`,
      `Did you mean \`${meant}\`?`,
      { kind: "retype", index, type, image: token.image },
      { replacement: meant }
    )
  }

  /** A word after a number that is no unit. */
  const strangeUnit = () => {
    if (token === undefined || previous === undefined) return undefined
    if (previous.tokenType !== T.Numeral || !T.isWord(token) || firstOnLine(tokens, index, lines)) return undefined
    const meant = nearest(token.image, T.unitWords)
    if (meant === undefined) return undefined
    return result(
      "BICA1312",
      at(),
      `${found(token)} is not a unit.`,
      `Did you mean \`${meant}\`?`,
      { kind: "retype", index, type: T.Word, image: meant },
      { replacement: meant }
    )
  }

  /** A value that was taken from the next line: `horizon` and on the next line `grid 8 by 8`, of which `grid` became the value. */
  const runaway = () => {
    const entry = fault.lastEntry
    const endsHere =
      entry !== undefined &&
      entry.value === tokens[(item?.kind === "entry" && type !== T.RightBrace ? itemIndex : index) - 1]
    const keys = fault.open.flatMap(({ first, kind }) => (kind === "entry" ? [first] : []))
    for (const first of endsHere ? [...keys, entry.key] : keys) {
      const keyIndex = tokens.indexOf(first)
      let valueIndex = keyIndex + 1
      while (tokens[valueIndex]?.tokenType === T.Dot) valueIndex += 2
      const value = tokens[valueIndex]
      if (value === undefined || valueIndex >= index || !T.isWord(value)) continue
      // On one line, only a number after the value shows that the value is a name of its own.
      const apart = firstOnLine(tokens, valueIndex, lines)
      if (
        !apart &&
        !(value === previous && endsHere && token !== undefined && !T.isWord(token) && valueLike.has(token.tokenType))
      )
        continue
      const span = { start: first.startOffset, end: T.endOf(tokens[valueIndex - 1] ?? first) }
      // over several lines in one
      const key = tokens
        .slice(keyIndex, valueIndex)
        .map(({ image }) => image)
        .join("")
      const mend: Mend = { kind: "drop", index: keyIndex, end: valueIndex }
      return firstOnLine(tokens, keyIndex, lines) || !apart
        ? result(
            "BICA1303",
            span,
            `${quotedText(key)} has no value.`,
            `Write a value after ${quotedText(key)}, or remove it.`,
            mend
          )
        : result(
            "BICA1306",
            span,
            `${quotedText(key)} does not belong here.`,
            "Write a comma before it if it belongs to the list, or a value after it, or remove it.",
            mend
          )
    }
    return undefined
  }

  /** `one-way` where a name is meant. Expressions do not come here, since they may hold differences. */
  const hyphenated = () => {
    const minus = token?.tokenType === T.Minus ? index : index - 1
    const [left, sign, right] = [tokens[minus - 1], tokens[minus], tokens[minus + 1]]
    if (left === undefined || sign?.tokenType !== T.Minus || right === undefined || !T.isWord(left)) return undefined
    if (!T.isWord(right) && right.tokenType !== T.Numeral) return undefined
    if (T.endOf(left) !== sign.startOffset || T.endOf(sign) !== right.startOffset) return undefined
    return result(
      "BICA1306",
      { start: sign.startOffset, end: T.endOf(sign) },
      "A name does not hold hyphens.",
      "Join its words with `_`.",
      { kind: "drop", index: minus, end: minus + 2 },
      { replacement: "_" }
    )
  }

  // ---- between declarations --------------------------------------------------------------------
  if (fault.message === "redundant" && token !== undefined) {
    if (token.tokenType === T.RightBrace || token.tokenType === T.RightParen) {
      return { diagnostic: closesNothing(token), mend: dropToken }
    }
    const continued = fault.declarationBefore !== undefined && !firstOnLine(tokens, index, lines)
    const before = fault.declarationBefore === undefined ? "" : (T.wordOf(fault.declarationBefore.tokenType) ?? "")
    if (continued) {
      const unit = strangeUnit()
      if (unit !== undefined) return unit
    }
    if (T.isWord(token)) {
      const next = tokens[index + 1]
      const asClause = misspelt(declarationContinuations[before] ?? [])
      if (asClause !== undefined) return asClause
      if (next !== undefined && (T.isWord(next) || next.tokenType === T.Quoted)) {
        const asDeclaration = misspelt(T.declarationWords)
        if (asDeclaration !== undefined) return asDeclaration
      }
    }
    const operator = tokens[index - 2]
    if (
      continued &&
      previous !== undefined &&
      operator !== undefined &&
      !T.isWord(operator) &&
      operator.tokenType !== T.RightParen &&
      (declarationContinuations[before] ?? []).includes(T.wordOf(previous.tokenType) ?? "")
    ) {
      // The word that begins the next clause was read as the operand.
      const end = T.endOf(operator)
      return result(
        "BICA1303",
        { start: end, end },
        `A quantity is missing after ${found(operator)}.`,
        "Write a number, a name or a call there.",
        { kind: "insert", index: index - 1, type: T.Numeral, image: imageOf(T.Numeral) }
      )
    }
    if (fault.declarationBefore !== undefined) {
      if (token.tokenType === T.DoubleBar || token.tokenType === T.Given || token.tokenType === T.On) {
        return result(
          "BICA1311",
          at(),
          `${found(token)} stands outside the brackets of a call.`,
          "Put what it joins into the brackets of the function that compares the two, as in `kl(ai.policy || ai.prior)`.",
          dropHere
        )
      }
      if (comparisons.has(token.tokenType)) {
        return result(
          "BICA1313",
          at(),
          "This is a second comparison in one statement.",
          "Compare two values only.",
          dropHere
        )
      }
    }
    if (continued) {
      return result(
        "BICA1306",
        at(),
        `${found(token)} does not belong here: the ${before} is complete before it.`,
        `Remove it, or join it to what comes before it with an operator or a comma.`,
        dropHere
      )
    }
    const inside = T.wordOf(token.tokenType)
    if (inside !== undefined && (T.statementWords as ReadonlyArray<string>).includes(inside)) {
      return result(
        "BICA1307",
        at(),
        `\`${inside}\` stands outside a stage.`,
        "Move it into the block of a stage.",
        dropHere
      )
    }
    if (inside !== undefined && (T.declarationWords as ReadonlyArray<string>).includes(inside)) {
      return result(
        "BICA1306",
        at(),
        `${found(token)} does not belong here.`,
        `Write a declaration${exampleOf(inside)}.`,
        dropHere
      )
    }
    return result(
      "BICA1307",
      at(),
      `${found(token)} does not begin a declaration.`,
      T.isWord(token)
        ? "Begin with a word such as `environment`, `agent`, `objective`, `stage` or `claim`, or move the line into the block that it belongs to."
        : "Remove it, or begin a declaration with a word such as `environment`, `agent`, `objective` or `stage`.",
      dropHere
    )
  }

  if (token?.tokenType === T.Quoted) {
    const unquoted = /^"[A-Za-z_]\w*"?$/.test(token.image) ? token.image.replaceAll('"', "") : ""
    return result(
      "BICA1310",
      at(),
      "Quoted text stands where a name or a number is expected.",
      "Write it without quotes.",
      { kind: "retype", index, type: T.Word, image: unquoted },
      unquoted === "" ? undefined : { replacement: unquoted }
    )
  }

  const hyphen = hyphenated() ?? runaway()
  if (hyphen !== undefined) return hyphen

  // ---- something strange in a block ------------------------------------------------------------
  if (type === T.RightBrace) {
    const inStage = rule === "statements"
    const inStudy = rule === "study"
    const unit = strangeUnit()
    if (unit !== undefined) return unit
    const word = misspelt(
      inStage
        ? [...T.statementWords, ...(statementContinuations[fault.statementBefore ?? ""] ?? [])]
        : inStudy
          ? T.studyWords
          : []
    )
    if (word !== undefined) return word
    const words: ReadonlyArray<string> = inStage ? T.statementWords : inStudy ? T.studyWords : []
    const beforePrevious = tokens[index - 2]
    if (
      previous !== undefined &&
      beforePrevious !== undefined &&
      words.includes(T.wordOf(previous.tokenType) ?? "") &&
      firstOnLine(tokens, index - 1, lines)
    ) {
      // The keyword of this line was read as the end of an unfinished list on the line before.
      const end = T.endOf(beforePrevious)
      return result(
        "BICA1302",
        { start: end, end },
        `A name is missing after ${found(beforePrevious)}.`,
        beforePrevious.tokenType === T.Comma
          ? "Write another one, or remove the comma."
          : "Write the name, or remove the line.",
        { kind: "insert", index: index - 1, type: T.Word, image: imageOf(T.Word) }
      )
    }
    const neighbours =
      previous !== undefined &&
      T.isWord(previous) &&
      token !== undefined &&
      T.isWord(token) &&
      !firstOnLine(tokens, index, lines)
    const fix =
      neighbours && (inStage || inStudy)
        ? `Write a comma between ${found(previous)} and ${found(token)} if they belong to one list, or remove ${found(token)}.`
        : inStage
          ? `A stage consists of ${T.statementWords.map((each) => `\`${each}\``).join(", ")}.`
          : inStudy
            ? `A study consists of ${T.studyWords.map((each) => `\`${each}\``).join(", ")}.`
            : rule === "symbols"
              ? "Write names or whole numbers with commas between them."
              : "Each line in a block is a name followed by its value."
    return result(
      "BICA1306",
      at(),
      `${capital(found(token))} does not belong here.`,
      fix,
      token?.tokenType === T.Comma ? dropToken : dropHere
    )
  }

  if (type === T.RightParen) {
    if (token?.tokenType === T.DoubleBar || token?.tokenType === T.Given || token?.tokenType === T.On) {
      return result(
        "BICA1311",
        at(),
        `There is more than one ${found(token)} in these brackets.`,
        "Split them into several calls.",
        dropItem
      )
    }
    if (token !== undefined && comparisons.has(token.tokenType)) {
      return result(
        "BICA1313",
        at(),
        "This is a second comparison in one statement.",
        "Compare two values only.",
        dropItem
      )
    }
    return result(
      "BICA1306",
      at(),
      `${capital(found(token))} does not belong in these brackets.`,
      "Separate what stands in the brackets with commas, or remove it.",
      dropItem
    )
  }

  // ---- a value, an operand ---------------------------------------------------------------------
  if (fault.message === "choice:value") {
    if (item?.kind === "entry" && previous !== undefined) {
      const key = lines.text.slice(item.first.startOffset, T.endOf(previous)).replaceAll(/\s+/g, " ")
      if (token !== undefined && (token.tokenType === T.Equal || token.tokenType === T.Colon) && rule === "value") {
        return result(
          "BICA1306",
          at(),
          `A value follows its name without ${found(token)}.`,
          `Remove the ${found(token)}.`,
          dropToken,
          { replacement: "" }
        )
      }
      if (/^[\w.\s]+$/.test(key)) {
        return result(
          "BICA1303",
          { start: item.first.startOffset, end: T.endOf(previous) },
          `${quotedText(key)} has no value.`,
          `Write a value after ${quotedText(key)}, or remove it.`,
          dropItem
        )
      }
    }
    return result(
      "BICA1303",
      here(),
      `A value is missing after ${found(previous)}.`,
      subject.word === "" ? "Write a number, a word or a block there." : `Write the value${exampleOf(subject.word)}.`,
      insert(T.Numeral)
    )
  }
  if (fault.message === "choice:operand") {
    return result(
      "BICA1303",
      here(),
      previous?.tokenType === T.Equal || previous?.tokenType === T.Colon
        ? `${subject.text} has nothing after ${found(previous)}.`
        : `A quantity is missing after ${found(previous)}.`,
      previous?.tokenType === T.Equal || previous?.tokenType === T.Colon
        ? `Write what it stands for${exampleOf(subject.word)}.`
        : "Write a number, a name or a call there.",
      insert(T.Numeral)
    )
  }
  if (fault.message === "choice:test") {
    return result(
      "BICA1303",
      here(),
      "`with` is followed by the test of a claim.",
      "Write `with 95 % confidence` or `with p < 0.01`.",
      dropItem
    )
  }
  if (fault.message === "choice:says") {
    return result(
      "BICA1303",
      here(),
      "`says` is followed by a number of codes or by the symbols that the agent may use.",
      "Write `says 16 codes` or `says { N, E, S, W }`.",
      insert(T.Numeral)
    )
  }
  if (rule === "imitate" && previous?.tokenType === T.Until) {
    return result(
      "BICA1303",
      here(),
      "`until` is followed by the loss that is low enough, by a number of updates, or by both.",
      `Write it${exampleOf("imitate")}.`,
      insert(T.Numeral)
    )
  }
  if (rule === "pace") {
    const word = misspelt(["over", "by"])
    if (word !== undefined) return word
    return result(
      "BICA1305",
      here(),
      "The schedule does not say how fast it moves from the first value to the last.",
      "Write it as in `0.1 -> 0.01 over 200 updates` or `1.0 -> 0.3 by 0.95 per update`.",
      dropItem
    )
  }

  // ---- a name ----------------------------------------------------------------------------------
  if (type === T.Word || rule === "path" || rule === "identifier" || fault.message === "choice:library") {
    const glued = previous?.tokenType === T.Minus
    if (token?.tokenType === T.Numeral && (itemIndex === index - 1 || glued)) {
      return result(
        "BICA1302",
        at(),
        `A name does not begin with a digit, as ${found(token)} does.`,
        "Begin the name with a letter.",
        { kind: "retype", index, type: T.Word, image: "" }
      )
    }
    const plain = itemIndex === index - 1 && item?.kind === "declaration" && fault.message !== "choice:library"
    return result(
      "BICA1302",
      here(),
      plain
        ? `${articles[subject.word] ?? `A ${nouns[subject.word] ?? subject.word}`} needs a name.`
        : `A name is missing after ${found(previous)}.`,
      subject.word === "" ? `Write a name after ${found(previous)}.` : `Write the name${exampleOf(subject.word)}.`,
      insert(T.Word)
    )
  }

  // ---- a certain token -------------------------------------------------------------------------
  if (type !== undefined) {
    const unit = strangeUnit()
    if (unit !== undefined && T.wordOf(type) !== token?.image) return unit
    const keyword = T.wordOf(type)
    const word = keyword === undefined ? undefined : misspelt([keyword])
    if (word !== undefined) return word
    if (
      token !== undefined &&
      T.isWord(token) &&
      tokens[index + 1]?.tokenType === type &&
      type !== T.Numeral &&
      !firstOnLine(tokens, index, lines)
    ) {
      return result(
        "BICA1306",
        at(),
        `${found(token)} does not belong here: ${wanted(type)} follows ${found(previous)}.`,
        `Remove ${found(token)}.`,
        dropToken,
        { replacement: "" }
      )
    }
    if (keyword !== undefined) {
      if (previous?.tokenType === type && itemIndex === index - 2) {
        // `agent plays map.guide`: the word that follows the name was read as the name.
        return result(
          "BICA1302",
          { start: previous.startOffset, end: T.endOf(previous) },
          `${articles[subject.word] ?? `A ${nouns[subject.word] ?? subject.word}`} needs a name.`,
          `Write the name${exampleOf(subject.word)}.`,
          { kind: "insert", index: index - 1, type: T.Word, image: imageOf(T.Word) }
        )
      }
      return result(
        "BICA1305",
        here(),
        `${subject.text} needs the word \`${keyword}\` before ${found(token)}.`,
        `Write \`${keyword}\` there${exampleOf(subject.word)}.`,
        insert(type),
        before(keyword)
      )
    }
    if (type === T.LeftBrace && rule === "statements") {
      const word = misspelt(["after"])
      if (word !== undefined) return word
    }
    if (type === T.Numeral) {
      return result(
        "BICA1303",
        here(),
        `A number is missing after ${found(previous)}.`,
        `Write the number${exampleOf(subject.word)}.`,
        insert(type)
      )
    }
    if (type === T.LessEqual) {
      const other = token !== undefined && (comparisons.has(token.tokenType) || token.tokenType === T.Equal)
      return result(
        other ? "BICA1306" : "BICA1304",
        other ? at() : here(),
        other
          ? `A budget is an upper bound, so ${found(token)} does not belong here.`
          : `${subject.text} does not say how much is allowed.`,
        `Write \`<=\` and the bound${exampleOf(subject.word)}.`,
        other ? { kind: "retype", index, type, image: "<=" } : dropItem,
        other ? { replacement: "<=" } : undefined
      )
    }
    const instead =
      token !== undefined &&
      !firstOnLine(tokens, index, lines) &&
      ((type === T.Equal && (token.tokenType === T.Colon || token.tokenType === T.DoubleEqual)) ||
        (type === T.Colon && token.tokenType === T.Equal))
    if (instead) {
      return result(
        "BICA1304",
        at(),
        `${subject.text} needs ${wanted(type)} instead of ${found(token)}.`,
        `Write ${wanted(type)}${exampleOf(subject.word)}.`,
        { kind: "retype", index, type, image: imageOf(type) },
        { replacement: imageOf(type) }
      )
    }
    return result(
      "BICA1304",
      here(),
      `${subject.text} needs ${wanted(type)} before ${found(token)}.`,
      `Write ${wanted(type)} there${exampleOf(subject.word)}.`,
      insert(type),
      type === T.LeftBrace || type === T.LeftParen ? undefined : before(imageOf(type))
    )
  }

  return result(
    "BICA1306",
    here(),
    `${capital(found(token))} does not belong here.`,
    subject.word === ""
      ? "Remove it, or complete what comes before it."
      : `Remove it, or state the ${subject.word}${exampleOf(subject.word)}.`,
    dropItem
  )
}
