import fc from "fast-check"
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import type * as Ast from "../../../src/dsl/syntax/Ast.ts"
import { parse } from "../../../src/dsl/syntax/Parse.ts"
import { program, soup } from "./Programs.ts"

const read = (text: string): ReadonlyArray<Ast.Declaration> => {
  const { diagnostics, file } = parse(text)
  expect(diagnostics).toEqual([])
  return file.declarations
}

/** The tree with paths and names as their text, numbers as text and unit, and without places. */
const plain = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== "object" || value === null) return value
  if ("parts" in value && Array.isArray(value.parts)) return value.parts.map((part: Ast.Name) => part.text).join(".")
  if ("text" in value && "unit" in value) {
    const unit = value.unit as Ast.Name | undefined
    return `${value.text as string}${unit === undefined ? "" : ` ${unit.text}`}`
  }
  if ("text" in value && "span" in value && Object.keys(value).length === 2) return value.text
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, each]) => key !== "span" && each !== undefined)
      .map(([key, each]) => [key, plain(each)])
  )
}

const first = (text: string): unknown => plain(read(text)[0])
const expression = (text: string): unknown => (first(`term t = ${text}`) as { readonly expression: unknown }).expression
/** An expression with all its brackets. */
const bracketed = (text: string): string => {
  const show = (node: Ast.Expression): string => {
    switch (node._tag) {
      case "Literal":
        return node.quantity.text
      case "Variable":
        return node.path.parts.map((part) => part.text).join(".")
      case "Negate":
        return `(-${show(node.operand)})`
      case "Binary":
        return `(${show(node.left)} ${node.operator} ${show(node.right)})`
      case "Divergence":
        return `(${show(node.left)} || ${show(node.right)})`
      case "Given":
        return `(${show(node.left)} given ${show(node.right)})`
      case "Apply":
        return `${node.callee.parts[0]?.text ?? ""}(${node.arguments.map(show).join(", ")})`
      default:
        return node._tag
    }
  }
  const [declaration] = read(`term t = ${text}`)
  return declaration?._tag === "Term" ? show(declaration.expression) : ""
}

describe("values", () => {
  const value = (text: string): unknown => {
    const [declaration] = read(`environment e = E { key ${text} }`)
    return declaration?._tag === "Environment" ? plain(declaration.entries[0]?.value) : undefined
  }
  it.each<readonly [string, unknown]>([
    ["80 steps", { _tag: "Number", quantity: "80 steps" }],
    ["-0.05", { _tag: "Number", quantity: "-0.05" }],
    ["+50", { _tag: "Number", quantity: "+50" }],
    ["5 %", { _tag: "Number", quantity: "5 %" }],
    ["4e-3", { _tag: "Number", quantity: "4e-3" }],
    ["3 metres", { _tag: "Number", quantity: "3 metres" }],
    ["0.20..0.30", { _tag: "Range", low: "0.20", high: "0.30" }],
    ["8 by 9", { _tag: "Extent", width: "8", height: "9" }],
    [
      "0.1 -> 0.01 over 200 updates",
      { _tag: "Schedule", from: "0.1", to: "0.01", pace: { kind: "over", quantity: "200 updates" } }
    ],
    [
      "1.0 -> 0.3 by 0.95 per update",
      { _tag: "Schedule", from: "1.0", to: "0.3", pace: { kind: "by", quantity: "0.95 update" } }
    ],
    ["uniform", { _tag: "Reference", path: "uniform" }],
    [
      "egocentric(3 by 3)",
      { _tag: "Call", callee: "egocentric", arguments: [{ value: { _tag: "Extent", width: "3", height: "3" } }] }
    ],
    [
      "map.planner(errs 30 %)",
      {
        _tag: "Call",
        callee: "map.planner",
        arguments: [{ name: "errs", value: { _tag: "Number", quantity: "30 %" } }]
      }
    ],
    [
      "table { update 10 % }",
      {
        _tag: "Call",
        callee: "table",
        arguments: [
          {
            name: "with",
            value: { _tag: "Block", entries: [{ key: "update", value: { _tag: "Number", quantity: "10 %" } }] }
          }
        ]
      }
    ]
  ])("%s", (text, expected) => expect(value(text)).toEqual(expected))

  it("of a number are calculated with its sign, and % is a unit", () => {
    const [declaration] = read("environment e = E { a -1.5, b 5 % }")
    const quantities =
      declaration?._tag === "Environment"
        ? declaration.entries.map(({ value }) => (value._tag === "Number" ? value.quantity : undefined))
        : []
    expect(quantities.map((quantity) => quantity?.value)).toEqual([-1.5, 5])
    expect(quantities[1]?.unit?.text).toBe("%")
  })
})

describe("a word after a number in a block", () => {
  const keys = (text: string): unknown => {
    const [declaration] = read(`environment e = E { ${text} }`)
    return declaration?._tag === "Environment"
      ? declaration.entries.map(({ key, value }) => [
          plain(key),
          value._tag === "Number" ? plain(value.quantity) : value._tag
        ])
      : undefined
  }
  it("is a unit when it names one, and the next key when a value follows it", () => {
    expect(keys("horizon 80 steps reward { step -1 }")).toEqual([
      ["horizon", "80 steps"],
      ["reward", "Block"]
    ])
    expect(keys("clip 0.2 steps 5")).toEqual([
      ["clip", "0.2"],
      ["steps", "5"]
    ])
    expect(keys("goal 50 step -1")).toEqual([
      ["goal", "50"],
      ["step", "-1"]
    ])
    expect(keys("radius 3 metres, x 1")).toEqual([
      ["radius", "3 metres"],
      ["x", "1"]
    ])
    expect(keys("radius 3 policy gru(64)")).toEqual([
      ["radius", "3"],
      ["policy", "Call"]
    ])
  })
  it("means the same whatever the line breaks", () => {
    expect(keys("clip\n0.2\nsteps\n5")).toEqual([
      ["clip", "0.2"],
      ["steps", "5"]
    ])
  })
})

describe("expressions", () => {
  it.each([
    ["a + b * c ^ d ^ e", "(a + (b * (c ^ (d ^ e))))"],
    ["a - b - c", "((a - b) - c)"],
    ["-a ^ 2", "(-(a ^ 2))"],
    ["a ^ -2 * b", "((a ^ (-2)) * b)"],
    ["(a + b) / c", "((a + b) / c)"],
    ["1 - -1", "(1 - (-1))"],
    ["kl(a.b given c || d + 1)", "kl(((a.b given c) || (d + 1)))"],
    ["where(a < b, 1, 0)", "where((a < b), 1, 0)"]
  ])("%s", (text, expected) => expect(bracketed(text)).toBe(expected))

  it("have schedules and learned weights", () => {
    expect(expression("0.1 -> 0.01 over 200 updates * ib + learned by hypergradient(0.02) * rep")).toEqual({
      _tag: "Binary",
      operator: "+",
      left: {
        _tag: "Binary",
        operator: "*",
        left: {
          _tag: "Scheduled",
          schedule: { _tag: "Schedule", from: "0.1", to: "0.01", pace: { kind: "over", quantity: "200 updates" } }
        },
        right: { _tag: "Variable", path: "ib" }
      },
      right: {
        _tag: "Binary",
        operator: "*",
        left: {
          _tag: "Learned",
          by: { _tag: "Call", callee: "hypergradient", arguments: [{ value: { _tag: "Number", quantity: "0.02" } }] }
        },
        right: { _tag: "Variable", path: "rep" }
      }
    })
  })
  it("have named arguments in calls", () => {
    expect(expression("ppo(ai, clip 0.2, entropy 0.01)")).toEqual({
      _tag: "Apply",
      callee: "ppo",
      arguments: [{ _tag: "Variable", path: "ai" }],
      named: [
        { name: "clip", value: { _tag: "Number", quantity: "0.2" } },
        { name: "entropy", value: { _tag: "Number", quantity: "0.01" } }
      ]
    })
  })
})

describe("declarations", () => {
  it("use", () => {
    expect(plain(read(`use std.ppo use "./x.ts" as y`))).toEqual([
      { _tag: "Use", library: "std.ppo" },
      { _tag: "Use", module: { path: "./x.ts", as: "y" } }
    ])
  })
  it("environment with shifts", () => {
    expect(
      first("environment map = MapTalk { grid 8 by 8 shift dense { obstacles 0.3 .. 0.4 } horizon 80 steps }")
    ).toEqual({
      _tag: "Environment",
      name: "map",
      kind: "MapTalk",
      entries: [
        { key: "grid", value: { _tag: "Extent", width: "8", height: "8" } },
        { key: "horizon", value: { _tag: "Number", quantity: "80 steps" } }
      ],
      shifts: [{ name: "dense", entries: [{ key: "obstacles", value: { _tag: "Range", low: "0.3", high: "0.4" } }] }]
    })
  })
  it("agent", () => {
    expect(
      first("agent ai plays map.navigator { sees heading, human.message says { N, 1, TURN_A } policy gru(64) }")
    ).toEqual({
      _tag: "Agent",
      name: "ai",
      plays: "map.navigator",
      sees: [
        { _tag: "Reference", path: "heading" },
        { _tag: "Reference", path: "human.message" }
      ],
      says: { _tag: "Symbols", symbols: ["N", "1", "TURN_A"] },
      entries: [
        {
          key: "policy",
          value: { _tag: "Call", callee: "gru", arguments: [{ value: { _tag: "Number", quantity: "64" } }] }
        }
      ]
    })
  })
  it("protocol, mapper and instructor", () => {
    expect(
      plain(
        read(`protocol codes for ai { gumbel_softmax(16), temperature 2 }
      mapper bridge from human to ai { mlp(128) }
      instructor coach for human { sees full, history(8)  gives { none, hint }  policy mlp(64) }`)
      )
    ).toEqual([
      {
        _tag: "Protocol",
        name: "codes",
        agent: "ai",
        methods: [
          { _tag: "Call", callee: "gumbel_softmax", arguments: [{ value: { _tag: "Number", quantity: "16" } }] }
        ],
        entries: [{ key: "temperature", value: { _tag: "Number", quantity: "2" } }]
      },
      {
        _tag: "Mapper",
        name: "bridge",
        from: "human",
        to: "ai",
        methods: [{ _tag: "Call", callee: "mlp", arguments: [{ value: { _tag: "Number", quantity: "128" } }] }],
        entries: []
      },
      {
        _tag: "Instructor",
        name: "coach",
        agent: "human",
        sees: [
          { _tag: "Reference", path: "full" },
          { _tag: "Call", callee: "history", arguments: [{ value: { _tag: "Number", quantity: "8" } }] }
        ],
        gives: ["none", "hint"],
        entries: [
          {
            key: "policy",
            value: { _tag: "Call", callee: "mlp", arguments: [{ value: { _tag: "Number", quantity: "64" } }] }
          }
        ]
      }
    ])
  })
  it("define, budget and objective", () => {
    expect(
      plain(
        read(`define excess(x: scalar, at: scalar) = hinge(x - at)
      budget drift: kl(ai.policy || ai.prior) <= 0.05 nats by dual(0.01)
      objective both = ppo(ai) within drift freezing human, codes`)
      )
    ).toMatchObject([
      {
        _tag: "Define",
        name: "excess",
        parameters: [
          { name: "x", kind: "scalar" },
          { name: "at", kind: "scalar" }
        ]
      },
      {
        _tag: "Budget",
        quantity: { _tag: "Apply", callee: "kl", arguments: [{ _tag: "Divergence" }] },
        bound: "0.05 nats",
        by: { _tag: "Call", callee: "dual", arguments: [{ value: { _tag: "Number", quantity: "0.01" } }] }
      },
      { _tag: "Objective", within: ["drift"], freezing: ["human", "codes"] }
    ])
  })
  it("stage with every statement", () => {
    expect(
      first(`stage train(objective o) after prior, warm {
      imitate map.planner(errs 30 %) by human until loss < 0.9 nats or 300 updates { rate 0.1 }
      imitate map.planner by human until 300 updates
      repeat 400 times {
        rollout 256 environments for 16 steps { discount 0.99 }
        rollout 128 environments
        update human, ai jointly { epochs 2 }
        update ai
        ascend budgets
        ascend ai_drift, human_drift
      }
      checkpoint every 20
      play 1000 episodes on map, dense by map.random { choose greedy }
      measure success, steps
    }`)
    ).toEqual({
      _tag: "Stage",
      name: "train",
      parameter: { kind: "objective", name: "o" },
      after: ["prior", "warm"],
      body: [
        {
          _tag: "Imitate",
          teacher: {
            _tag: "Call",
            callee: "map.planner",
            arguments: [{ name: "errs", value: { _tag: "Number", quantity: "30 %" } }]
          },
          pupil: "human",
          until: { metric: "loss", bound: "0.9 nats" },
          limit: "300 updates",
          entries: [{ key: "rate", value: { _tag: "Number", quantity: "0.1" } }]
        },
        {
          _tag: "Imitate",
          teacher: { _tag: "Reference", path: "map.planner" },
          pupil: "human",
          limit: "300 updates",
          entries: []
        },
        {
          _tag: "Repeat",
          count: "400 times",
          body: [
            {
              _tag: "Rollout",
              environments: "256 environments",
              steps: "16 steps",
              entries: [{ key: "discount", value: { _tag: "Number", quantity: "0.99" } }]
            },
            { _tag: "Rollout", environments: "128 environments", entries: [] },
            {
              _tag: "Update",
              targets: ["human", "ai"],
              jointly: true,
              entries: [{ key: "epochs", value: { _tag: "Number", quantity: "2" } }]
            },
            { _tag: "Update", targets: ["ai"], jointly: false, entries: [] },
            { _tag: "Ascend", budgets: [], all: true },
            { _tag: "Ascend", budgets: ["ai_drift", "human_drift"], all: false }
          ]
        },
        { _tag: "Checkpoint", every: "20" },
        {
          _tag: "Play",
          episodes: "1000 episodes",
          on: ["map", "dense"],
          by: ["map.random"],
          entries: [{ key: "choose", value: { _tag: "Reference", path: "greedy" } }]
        },
        { _tag: "Measure", metrics: ["success", "steps"], references: [] }
      ]
    })
  })
  it("what a metric is measured against", () => {
    expect(
      first(`stage test { measure success, bas { baseline one_way alone ai_alone suite dense, map.large } }`)
    ).toEqual({
      _tag: "Stage",
      name: "test",
      after: [],
      body: [
        {
          _tag: "Measure",
          metrics: ["success", "bas"],
          references: [
            { name: "baseline", paths: ["one_way"] },
            { name: "alone", paths: ["ai_alone"] },
            { name: "suite", paths: ["dense", "map.large"] }
          ]
        }
      ]
    })
  })
  it("study and claim", () => {
    expect(
      plain(
        read(`study ablations { from main.bica seeds 42, 2025 compare both, one_way
        vary codes.size 8, 16 vary ai.policy gru(64), mlp without rep without coach, codes }
      claim robust: success(bica on dense) >= 97 % with 95 % confidence
      claim better: success(bica) - success(one_way) > 0 with p < 0.01
      claim plain: a == b`)
      )
    ).toMatchObject([
      {
        from: "main.bica",
        seeds: ["42", "2025"],
        compare: ["both", "one_way"],
        vary: [
          { path: "codes.size", values: [{ _tag: "Number" }, { _tag: "Number" }] },
          { path: "ai.policy", values: [{ _tag: "Call" }, { _tag: "Reference", path: "mlp" }] }
        ],
        without: ["rep", "coach", "codes"]
      },
      {
        statement: {
          operator: ">=",
          left: { _tag: "Apply", arguments: [{ _tag: "On", left: { path: "bica" }, right: "dense" }] },
          right: { quantity: "97 %" }
        },
        test: { _tag: "Confidence", level: "95 %" }
      },
      { test: { _tag: "Significance", level: "0.01" } },
      { _tag: "Claim", name: "plain" }
    ])
  })
  it("may have names that are words of the language", () => {
    expect(
      plain(
        read(`stage prior { measure steps, test } stage train after prior, test { update policy }
      term term = budget * stage agent given plays map.from { policy gru(prior) }`)
      )
    ).toMatchObject([
      { name: "prior", body: [{ metrics: ["steps", "test"] }] },
      { name: "train", after: ["prior", "test"] },
      { name: "term" },
      { _tag: "Agent", name: "given", plays: "map.from" }
    ])
  })
})

describe("places", () => {
  it("are those of the text", () => {
    const text = "// a\nstage train {\n  rollout 128 environments\n}\n"
    const [stage] = read(text)
    expect(stage === undefined ? "" : text.slice(stage.span.start, stage.span.end)).toBe(
      "stage train {\n  rollout 128 environments\n}"
    )
    const rollout = stage?._tag === "Stage" ? stage.body[0] : undefined
    expect(rollout === undefined ? "" : text.slice(rollout.span.start, rollout.span.end)).toBe(
      "rollout 128 environments"
    )
  })
  it("of tokens and comments cover all but blanks", () => {
    const text = readFileSync(new URL("../../../pipelines/maptalk.bica", import.meta.url), "utf8")
    const { comments, tokens } = parse(text)
    let rest = text
    for (const { span, text: image } of [...tokens, ...comments].sort((a, b) => b.span.start - a.span.start)) {
      expect(text.slice(span.start, span.end)).toBe(image)
      rest = rest.slice(0, span.start) + rest.slice(span.end)
    }
    expect(rest.trim()).toBe("")
  })
})

describe("a file with errors", () => {
  it("keeps all that could be read", () => {
    const { diagnostics, file } = parse(`environment map = MapTalk { grid 8 by 8, horizon }
      objective = ppo(ai)
      stage train { rollout 128 environments
        checkpoint 20
        measure }
      term t = 1 +
      claim c: a > b`)
    expect(diagnostics).toHaveLength(5)
    expect(plain(file.declarations)).toMatchObject([
      { _tag: "Environment", entries: [{ key: "grid" }] },
      { _tag: "Stage", body: [{ _tag: "Rollout" }, { _tag: "Checkpoint" }] },
      { _tag: "Claim" }
    ])
  })

  const text = readFileSync(new URL("../../../pipelines/smoke.bica", import.meta.url), "utf8")
  const { tokens } = parse(text)
  const replaced = (index: number, by: (image: string) => string): string => {
    const token = tokens[index]
    return token === undefined ? text : text.slice(0, token.span.start) + by(token.text) + text.slice(token.span.end)
  }
  it("with one token left out has at most one error", () => {
    for (const index of tokens.keys()) expect(parse(replaced(index, () => "")).diagnostics.length).toBeLessThan(2)
  })
  it("with one token written twice has at most one error", () => {
    for (const index of tokens.keys())
      expect(parse(replaced(index, (image) => `${image} ${image}`)).diagnostics.length).toBeLessThan(2)
  })
  it("with one bracket or sign replaced has one error", () => {
    for (const [index, token] of tokens.entries()) {
      if (token.kind === "sign" && token.text !== ",") {
        expect(parse(replaced(index, () => "@")).diagnostics.map(({ code }) => code)).toEqual(["BICA1101"])
      }
    }
  })
  it("with one brace missing has one error, which says so", () => {
    for (const [index, token] of tokens.entries()) {
      if (token.text !== "}") continue
      expect(parse(replaced(index, () => "")).diagnostics.map(({ code }) => code)).toEqual(["BICA1201"])
    }
  })
})

describe("any text", () => {
  const sound = (text: string): void => {
    const { comments, diagnostics, tokens } = parse(text)
    expect(diagnostics.length).toBeLessThanOrEqual(21)
    for (const { cause, fix, span } of diagnostics) {
      expect(span.start).toBeGreaterThanOrEqual(0)
      expect(span.end).toBeGreaterThanOrEqual(span.start)
      expect(span.end).toBeLessThanOrEqual(text.length)
      expect(cause).toMatch(/^[^\n]+\.$/)
      expect(fix).toMatch(/^[^\n]+[.?]$/)
      expect(cause + fix).not.toMatch(/Expecting|Token|undefined|keyword |NaN/)
    }
    for (const token of [...tokens, ...comments]) expect(text.slice(token.span.start, token.span.end)).toBe(token.text)
  }
  it("of characters is read without an exception", () =>
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), sound), { numRuns: 150 }))
  it("of tokens is read without an exception", () => fc.assert(fc.property(soup, sound), { numRuns: 400 }))
  it("cut off anywhere is read without an exception", () =>
    fc.assert(
      fc.property(program, fc.double({ min: 0, max: 1, noNaN: true }), (tokens, part) => {
        sound(tokens.slice(0, Math.floor(tokens.length * part)).join(" "))
      }),
      { numRuns: 200 }
    ))
})

describe("an edited text", () => {
  const shipped = readFileSync(new URL("../../../pipelines/bica.bica", import.meta.url), "utf8")
  const texts = fc.oneof(
    fc.constant(shipped),
    program.map((tokens) => tokens.join(" ").replaceAll(/ (?=stage|term|agent)/g, "\n")),
    soup
  )
  const edit = fc.record({
    at: fc.nat(),
    length: fc.nat(12),
    put: fc.constantFrom(
      "",
      " ",
      "x",
      "\n",
      "{",
      "}",
      "(",
      "a b",
      "1",
      ".",
      "//",
      "stage a {",
      "term t = 1\n",
      "use a.b"
    )
  })
  it("is read to the same tree and findings whether or not an earlier parse is at hand", () =>
    fc.assert(
      fc.property(texts, fc.array(edit, { minLength: 1, maxLength: 6 }), (first, edits) => {
        let text = first
        let earlier = parse(text)
        for (const { at, length, put } of edits) {
          const from = at % (text.length + 1)
          text = text.slice(0, from) + put + text.slice(from + length)
          earlier = parse(text, earlier)
          const anew = parse(text)
          expect(earlier.diagnostics).toEqual(anew.diagnostics)
          expect(earlier.file).toEqual(anew.file)
        }
      }),
      { numRuns: 150 }
    ))
  it("is read as from nothing where what is put in hides or swallows what follows", () => {
    const text = "term a = x\nterm b = y\nterm c = z\nterm d = w\nterm e = v\n"
    const earlier = parse(text)
    const after = (from: string, to: string) => text.replace(from, to)
    for (const edited of [
      after("term c", "// term c"),
      after("term c", "term d = w // term c"),
      after("term c", "/* term c"),
      after("term c", '"term c'),
      after("= y", "= (y"),
      after("= y", "= y +"),
      after("\nterm c", "\n// \nterm c"),
      after("\nterm c", " term c"),
      after("\nterm c", "term c"),
      after("y\nterm", "y1 term"),
      after("y\n", "1"),
      after("term c = z\n", ""),
      after("term e = v\n", ""),
      after("term a = x\n", "}\n"),
      `x${text}`,
      `${text}x`
    ]) {
      const anew = parse(edited)
      const again = parse(edited, earlier)
      expect(again.file, edited).toEqual(anew.file)
      expect(again.diagnostics, edited).toEqual(anew.diagnostics)
      expect(again.tokens, edited).toEqual(anew.tokens)
    }
  })
  it("keeps the declarations before the edit as they are", () => {
    const earlier = parse(shipped)
    const [before, after] = [
      earlier.file,
      parse(shipped.replace("gru(64)\n  prior     c", "gru(32)\n  prior     c"), earlier).file
    ]
    expect(after.declarations[3]).toBe(before.declarations[3])
    expect(after.declarations[4]).not.toEqual(before.declarations[4])
    expect(after.declarations[5]).toBe(before.declarations[5])
  })
})

describe("limits", () => {
  const codes = (text: string): ReadonlyArray<string> => parse(text).diagnostics.map(({ code }) => code)
  it("of length: 1,048,576 characters", () => {
    expect(codes(`use std.ppo ${" ".repeat(1_048_576 - 12)}`)).toEqual([])
    expect(codes(`use std.ppo ${" ".repeat(1_048_576 - 11)}`)).toEqual(["BICA1002"])
    expect(codes("\u0001\u00e9".repeat(5_000_000))).toEqual(["BICA1002"])
  })
  it("of tokens: 65,536", () => {
    expect(codes("}".repeat(65_536))).not.toContain("BICA1002")
    expect(codes("}".repeat(65_537))).toEqual(["BICA1002"])
  })
  it("of nesting: 64 brackets", () => {
    expect(codes(`term t = ${"(".repeat(64)}x${")".repeat(64)}`)).toEqual([])
    expect(codes(`term t = ${"(".repeat(65)}x${")".repeat(65)}`)).toEqual(["BICA1003"])
    expect(codes(`environment e = E ${"{ a ".repeat(64)} 1 ${"}".repeat(64)}`)).toEqual([])
    expect(codes("{".repeat(60_000))).toEqual(["BICA1003"])
  })
  it("of an expression: 500 operators deep", () => {
    expect(codes(`term t = ${Array.from({ length: 501 }, () => "x").join(" + ")}`)).toEqual([])
    expect(codes(`term t = ${Array.from({ length: 502 }, () => "x").join(" + ")}`)).toEqual(["BICA1005"])
    expect(codes(`term t = ${"-".repeat(20_000)}x`)).toEqual(["BICA1005"])
    expect(codes(`term t = ${"x^".repeat(20_000)}x`)).toEqual(["BICA1005"])
  })
  it("of errors shown: twenty, and a word about the rest", () => {
    const shown = codes(Array.from({ length: 40 }, (_, i) => `term t${i} = 1 *`).join("\n"))
    expect(shown).toHaveLength(21)
    expect(shown.at(-1)).toBe("BICA1004")
  })
})
