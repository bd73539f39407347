import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { format, parse } from "../../../src/dsl/index.ts"
import { canonical, digest } from "../../../src/dsl/program/Semantics.ts"
import { changed, experiment, program } from "./Files.ts"

const hashes = (text: string): Readonly<Record<string, string>> => {
  const { objectives, stages } = program(text)
  return Object.fromEntries([...objectives, ...stages].map((one) => [one.name, one.semantics]))
}
const original = hashes(experiment)
const differences = (text: string): ReadonlyArray<string> => {
  const now = hashes(text)
  return Object.keys(original).filter((name) => now[name] !== original[name])
}

const all = ["bica", "one_way", "train", "test", "oracles"]

describe("a number changes what depends on it, and nothing else", () => {
  it.each([
    ["horizon 80 steps", "horizon 81 steps", all],
    ["grid 8 by 8", "grid 9 by 9", all],
    ["0.35 .. 0.45", "0.35 .. 0.46", ["test", "oracles"]],
    ["human.noise { flip 10 % }", "human.noise { flip 11 % }", ["test"]],
    ["gru(64)", "gru(65)", ["bica", "one_way", "train", "test"]],
    ["gru(32)", "gru(33)", ["bica", "one_way", "train", "test"]],
    ["gru(64)", "mlp(64)", ["bica", "one_way", "train", "test"]],
    ["compass(2.2)", "compass(2.3)", ["bica", "one_way", "train", "test"]],
    ["noise { flip 5 % }", "noise { flip 6 % }", all],
    ["<= 1.0 nats", "<= 1.1 nats", ["bica", "one_way"]],
    ["<= 2.0 nats", "<= 2.1 nats", ["bica"]],
    ["dual(0.07)", "dual(0.08)", ["bica"]],
    ["0.01 * calm", "0.011 * calm", ["bica"]],
    ["0.03 * calm", "0.031 * calm", ["one_way"]],
    ["clip 0.3", "clip 0.31", ["bica"]],
    ["x + x", "x + x + x", ["bica", "one_way"]],
    ["mean(entropy(human.policy))", "sum(entropy(human.policy))", ["bica"]],
    ["300 times", "301 times", ["train"]],
    ["for 16 steps", "for 17 steps", ["train"]],
    ["over 250 updates", "over 251 updates", ["train"]],
    ["jointly", "", ["train"]],
    ["2048 episodes", "2049 episodes", ["test"]],
    ["512 episodes", "513 episodes", ["oracles"]],
    ["map.random, map.planner", "map.planner", ["oracles"]],
    ["every 20", "every 21", []],
    ["seeds 13, 42", "seeds 14", []],
    ["1.10 *", "1.20 *", []],
    ["95 % confidence", "90 % confidence", []]
  ])("%s -> %s", (old, now, expected) => {
    expect(differences(changed(old, now))).toEqual(expected)
  })
})

describe("what carries no meaning changes nothing", () => {
  it.each([
    [
      "a default written out",
      "ppo(ai) + ppo(human, clip 0.3)",
      "ppo(ai, clip 0.2, entropy 0.01) + ppo(human, entropy 0.01, clip 0.3)"
    ],
    ["another way to write a number", "flip 10 %", "flip 0.1"],
    ["another way to write a condition", "on map, dense, noisy", "on map, map.dense, map.noisy"],
    ["a default of the environment", "horizon 80 steps", "horizon 80 reward { goal 50 } obstacles 20 % .. 30 %"],
    ["an extent that the view has anyway", "egocentric,", "egocentric(3 by 3),"],
    ["a definition written out", "mean(doubled(entropy(ai.policy)))", "mean(entropy(ai.policy) + entropy(ai.policy))"],
    ["a mean that is taken anyway", "kl(ai.policy || ai.prior)", "mean(kl(ai.policy || ai.prior))"],
    [
      "brackets around a sum",
      "ppo(ai) + ppo(human, clip 0.3) - 0.01 * calm - 0.02 * warm",
      "ppo(ai) + (ppo(human, clip 0.3) - (0.01 * calm + 0.02 * warm))"
    ]
  ])("%s", (_, old, now) => {
    expect(differences(changed(old, now))).toEqual([])
  })

  it("layout", () => {
    const laidOut = format(experiment)
    expect(laidOut).not.toBe(experiment)
    expect(differences(laidOut ?? "")).toEqual([])
  })

  it("a term under another name, and its text in its place", () => {
    const renamed = experiment
      .replaceAll("calm", "quiet")
      .replaceAll("doubled", "twofold")
      .replaceAll("ai_drift", "leash")
    expect(differences(renamed)).toEqual([])
    const inlined = changed("term warm = mean(entropy(human.policy))", "").replace(
      "0.02 * warm",
      "0.02 * mean(entropy(human.policy))"
    )
    expect(differences(inlined)).toEqual([])
  })

  it("the names of objectives and stages", () => {
    const renamed = experiment
      .replaceAll("one_way", "lonely")
      .replaceAll("train", "practise")
      .replaceAll("bica", "both")
    const now = program(renamed)
    expect([...now.objectives, ...now.stages].map((one) => one.semantics)).toEqual(all.map((name) => original[name]))
  })

  it("the order of declarations, comments and blanks between words", () => {
    const { file, tokens } = parse(experiment)
    const pieces = file.declarations.map((one) =>
      tokens.filter((token) => token.span.start >= one.span.start && token.span.end <= one.span.end)
    )
    const blank = fc.constantFrom(" ", "\n", "\n\n", "  // note\n", " \t ", " // a } brace\n")
    fc.assert(
      fc.property(
        fc.shuffledSubarray(pieces, { minLength: pieces.length }),
        fc.array(blank, { minLength: 7, maxLength: 31 }),
        (order, blanks) => {
          let k = 0
          // the parts of `8 by 8` or `a.b` may stand apart as well
          const text = order
            .map((piece) => piece.map((token) => `${token.text}${blanks[k++ % blanks.length] ?? " "}`).join(""))
            .join("\n")
          expect(differences(text)).toEqual([])
        }
      ),
      { numRuns: 40 }
    )
  })
})

describe("canonical text", () => {
  it("orders keys, keeps lists, and writes -0 as 0", () => {
    expect(canonical({ b: [2, 1], a: { d: -0, c: 'x"' } })).toBe('{"a":{"c":"x\\"","d":0},"b":[2,1]}')
  })

  it("is digested by sha256", () => {
    // sha256 of the two bytes `{}`, as given by sha256sum
    expect(digest({})).toBe("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a")
  })
})
