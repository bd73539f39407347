import { describe, expect, it } from "vitest"
import { hints, inlayHints } from "../../../src/lsp/features/InlayHints.ts"
import { bica, edited, inMaptalk, maptalk, snapshot } from "../Marked.ts"

const shown = (text: string): ReadonlyArray<string> => {
  const one = snapshot(text)
  return hints(one).map(({ at, text: hint }) => `${one.lines.lineAt(at)}:${hint}`)
}

describe("hints for defaults", () => {
  it("shows what the shipped pipeline leaves to its defaults, where it could be written", () => {
    expect(shown(maptalk)).toStrictEqual([
      "8:  scale 0.1",
      "31:, start 0",
      "32:, start 0",
      "34:, clip 0.2, entropy 0.01",
      "34:, clip 0.2, entropy 0.01",
      "35:, clip 0.2, entropy 0.01",
      "40: { discount 0.99, trace 0.95, value_weight 0.5 }",
      "41:  clip_norm 0.5",
      "48: { choose greedy }"
    ])
  })

  it("means the same when every hint is written into the file", () => {
    const sparse = maptalk
      .replace("egocentric(3 by 3)", "egocentric")
      .replace(" for 16 steps", "")
      .replace("  checkpoint every 20\n", "")
      .replace("  protocol  table { prior literal(90 %), update 10 % }\n", "")
      .replace("  prior   uniform\n", "")
      .replace(/ {6}with 95 % confidence/, "")
      .replace("  horizon    80 steps\n", "")
      .replace("flip 5 %, drift 5 %", "")
      .replace(" { epochs 2, minibatches 2, rate 0.004 -> 0.0004 over 300 updates }", "")
    const one = snapshot(sparse)
    const everywhere = { start: { line: 0, character: 0 }, end: { line: one.lines.count, character: 0 } }
    const found = inlayHints(one, everywhere)
    const full = edited(
      sparse,
      found.flatMap(({ textEdits }) => textEdits ?? [])
    )
    expect(hints(snapshot(full))).toStrictEqual([])
    expect(full).toContain("egocentric(3 by 3)")
    expect(full).toContain(" for 16 steps")
    expect(full).toContain("token -0.05  scale 0.1 }  horizon 80 steps\n")
    expect(full).toContain("checkpoint every 20 updates")
    expect(full).toContain("{ flip 0 %, drift 0 %  }")
    expect(full).toContain("protocol table(literal(90 %), update 10 %)")
    expect(full).toContain("success(one_way) > 0 with 95 % confidence")
    const meaning = (text: string) => {
      const program = snapshot(text).analysis.program
      return [...(program?.objectives ?? []), ...(program?.stages ?? [])].map(({ semantics }) => semantics)
    }
    expect(meaning(sparse)).toHaveLength(5)
    expect(meaning(full)).toStrictEqual(meaning(sparse))
  })

  it("shows the defaults of what is learned between agents", () => {
    const sparse = bica.replace("  temperature 1.0 -> 0.3 by 0.9975 per update\n", "").replace("  policy  linear\n", "")
    expect(shown(sparse).slice(1, 3)).toStrictEqual([
      "36:  temperature 1 -> 0.3 by 0.995 per update",
      "43:  policy linear"
    ])
  })

  it("says where a default comes from, and keeps to the range", () => {
    const line = { start: { line: 7, character: 0 }, end: { line: 8, character: 0 } }
    expect(inlayHints(snapshot(maptalk), line)).toMatchObject([
      {
        position: { line: 7, character: 59 },
        label: "  scale 0.1",
        tooltip: {
          value:
            "- **scale**: Rewards are multiplied by this before learning; measurements are not scaled. Default (our choice: keeps returns near [-10, 5], where a value loss of the usual weight is stable)."
        }
      }
    ])
  })

  it("shows none in shifts, which change only what they say, and none for what a broken file leaves open", () => {
    expect(
      shown(
        "environment map = MapTalk {\n  shift a { reward { step -2 } }\n  grid 8 by 8\n  obstacles 0.2 .. 0.3\n  horizon 5\n  reward {"
      )
    ).toStrictEqual([])
    expect(shown(inMaptalk("ppo(ai) +", "ppo(ai +"))).not.toContain("34:, clip 0.2, entropy 0.01")
  })
})
