import { describe, expect, it } from "vitest"
import { hover } from "../../../src/lsp/features/Hover.ts"
import { read } from "../../../src/lsp/Snapshot.ts"
import { catalogue, inBica, inMaptalk, maptalk, marked, place } from "../Marked.ts"

const said = (text: string): string | undefined => {
  const at = marked(text)
  const contents = hover(at.snapshot, at.offset)?.contents
  return typeof contents === "object" && "value" in contents ? contents.value : undefined
}
const over = (text: string): string | undefined => {
  const at = marked(text)
  const range = hover(at.snapshot, at.offset)?.range
  return range === undefined ? undefined : place(range)
}

describe("what an instructor gives", () => {
  it("is silence, or a kind of advice by its number", () => {
    const three = (gives: string) => said(inBica("none, hint", gives))
    expect(three("no▮ne, hint, correct")).toBe("**none**: `coach` keeps silent")
    expect(three("hint, none, corr▮ect")).toBe("**correct**, kind 2 of the advice of `coach`")
  })
})

describe("what an instructor sees", () => {
  it("is the last steps, as many as are said, also where a study varies how many", () => {
    const sees = (text: string) => said(inBica("sees    full\n  gives", `sees    ${text}\n  gives`))
    expect(sees("full, his▮tory(8)")).toContain("The episode's last steps, the newest first")
    expect(sees("full, history(▮8)")).toContain("How many of the episode's last steps the instructor sees.")
    const varied = said(inBica("vary     codes.size 8, 32", "vary     coach.his▮tory 4, 8"))
    expect(varied).toContain("How many of the episode's last steps the instructor sees.")
    expect(said(inBica("vary     codes.size 8, 32", "vary     coach.gives { none, hi▮nt }"))).toBe(
      "**hint**, kind 1 of the advice of `coach`"
    )
  })
})

describe("a stage", () => {
  it("says how often it runs, what it goes on from, and whose team it plays", () => {
    const stages = (marking: (text: string) => string) =>
      said(
        marking(
          `${maptalk}
stage settle for one_way { repeat 2 times { rollout 8 environments  update ai  ascend budgets } }
stage more(objective o) after settle { repeat 2 times { rollout 8 environments  update ai, human  ascend budgets } }
stage settled after settle { play 9 episodes on map  measure success }
`
        )
      ) ?? ""
    expect(stages((text) => text.replace("stage settle for", "stage set▮tle for"))).toContain(
      "Runs once for each seed of the study."
    )
    expect(stages((text) => text.replace("stage more(", "stage mo▮re("))).toContain(
      "Runs once for each seed and objective of the study. Goes on from what `settle` left."
    )
    expect(stages((text) => text.replace("stage settled", "stage set▮tled"))).toContain(
      "Runs once for each seed of the study. Its team is that which `settle` left."
    )
    // the objective and the stages are names of the file
    expect(stages((text) => text.replace("for one_way", "for one_▮way"))).toContain("objective one_way")
  })
})

describe("parameters", () => {
  const horizon = [
    "**horizon** of MapTalk",
    "",
    "Steps after which an episode ends, with or without success.",
    "",
    "- takes: whole number of steps, from 1 to 10000",
    "- default: `80 steps`",
    "- source: paper: Li & Song 2025, section 4.1"
  ].join("\n")

  it("says what a parameter takes, its default and where that comes from, on its name and on its value", () => {
    expect(said(inMaptalk("horizon    80", "ho▮rizon    80"))).toBe(horizon)
    expect(said(inMaptalk("horizon    80", "horizon    8▮0"))).toBe(horizon)
    expect(over(inMaptalk("horizon    80", "horizon    8▮0"))).toBe("6:13-6:21")
  })

  it("shows the default that holds at this place", () => {
    expect(said(inMaptalk("rate 0.004", "▮rate 0.004"))).toContain("- default: `0.004 -> 0.0004 over 300 updates`")
    expect(said(inMaptalk("repeat 300 times", "repeat 50 times").replace("rate 0.004", "▮rate 0.004"))).toContain(
      "- default: `0.004 -> 0.0004 over 50 updates`"
    )
  })

  it("knows the arguments of calls and the counts of statements", () => {
    expect(said(inMaptalk("gru(64)", "gru(▮64)"))).toBe(
      "**hidden** of gru\n\nWidth of the encoder and of the recurrent state.\n\n- takes: whole number, from 1 to 4096\n- must be given"
    )
    expect(said(inMaptalk("rollout 128", "rollout 1▮28"))).toContain(
      "Copies of the environment that are stepped together."
    )
    expect(said(inMaptalk("by dual(0.05)", "by dual(▮0.05)"))).toContain("**rate** of dual")
    expect(said(inMaptalk("grid 12 by 12", "grid 12 ▮by 12"))).toContain("**grid** of MapTalk")
  })
})

describe("names", () => {
  it("shows the declaration of a name of the file, what the checks know of it, and the comment above it", () => {
    const text = maptalk.replace(
      "objective bica    = ",
      "// keeps them calm\nterm calm = mean(kl(ai.policy || ai.prior))\nobjective bica    = 0.1 * ▮calm + "
    )
    expect(said(text)).toBe(
      "```bica\nterm calm = mean(kl(ai.policy || ai.prior))\n```\n\nscalar of nats; trains `ai`.\n\nkeeps them calm"
    )
    expect(said(inMaptalk("within ai_drift, ", "within ▮ai_drift, "))).toBe(
      "```bica\nbudget ai_drift:    kl(ai.policy || ai.prior)       <= 1.0 nats  by dual(0.05)\n```\n\nThe mean over the steps is held at or below 1 nats."
    )
    expect(said(inMaptalk("study main", "study ▮main"))).toBe(
      "```bica\nstudy main { seeds 13, 42, 2025  compare bica, one_way }\n```\n\n6 runs: 3 seeds x 2 objectives."
    )
  })

  it("cuts long declarations and moves them to the margin", () => {
    const shown = said(inMaptalk("ppo(ai) + ppo(human)", "ppo(▮ai) + ppo(human)"))
    expect(shown).toContain("```bica\nagent ai plays map.navigator {\n  sees    egocentric(3 by 3)")
    expect(shown).toContain("Chooses `forward`, `left`, `right`, `stay`.")
    expect(said("stage a {\n▮\n}")).toBeUndefined()
    const long = `stage ▮a {\n${"  measure steps\n".repeat(20)}}`
    expect(said(long)?.split("\n")).toHaveLength(14)
  })

  it("explains what the environment and the language give", () => {
    expect(said(inMaptalk("sees    egocentric(3 by 3), heading", "sees    egocentric(3 by 3), ▮heading"))).toBe(
      "**heading**, an observation of the navigator: 4 numbers per step\n\nWhere it faces: north, east, south, west, one-hot.\n\n- seen by: the navigator\n- reveals: `heading`"
    )
    expect(said(inMaptalk("human.message", "human.▮message"))).toBe(
      "**message** of `human`\n\nThe distribution over the tokens of an agent that speaks, given its intent, at every step; trains the agent.\n\n- seen by: `ai`, as a message\n- may depend on: `goal`, `heading`, `last_action`, `last_collision`, `obstacles`, `position`"
    )
    expect(said(inMaptalk("success(bica) - ", "▮success(bica) - "))).toBe(
      "**success**, measured by MapTalk as a fraction\n\nWhether the goal was reached within the horizon. Higher is better."
    )
    expect(said(inMaptalk("= MapTalk", "= ▮MapTalk"))).toContain(
      "- oracles: `random`, `wanderer`, `planner`, `random_talker`, `direction_protocol`"
    )
    expect(said(inMaptalk("kl(ai", "▮kl(ai"))).toContain("Kullback-Leibler divergence")
    expect(said(inMaptalk("use std.ppo", "use std.▮ppo"))).toContain(
      "Proximal policy optimisation (Schulman et al. 2017)."
    )
    expect(said(inMaptalk("prior     compass", "prior     ▮compass"))).toContain("**compass(scale)**, a prior")
  })
})

describe("words of the language", () => {
  it("explains a word with a form", () => {
    expect(said(inMaptalk("freezing human", "fre▮ezing human"))).toBe(
      "```bica\nfreezing human\n```\n\nWhat an objective leaves as it is."
    )
    expect(over(inMaptalk("freezing human", "fre▮ezing human"))).toBe("34:59-34:67")
  })

  it("says nothing of comments, blanks and names that nothing declares", () => {
    expect(said(inMaptalk("// MapTalk", "// Map▮Talk"))).toBeUndefined()
    expect(said(`▮\n${maptalk}`)).toBeUndefined()
    expect(said("objective o = noth▮ing")).toBeUndefined()
  })
})

describe("words that mean something by their place", () => {
  const after = (text: string) => said(`${maptalk}\n${text}`)

  it("says what the views of `paired` are", () => {
    expect(after("term heard = mean(kl(ai.policy || paired(ai.policy, sil▮ence)))")).toBe(
      "**silence**, a view of `paired`\n\nNothing that another agent says is heard."
    )
    expect(after("term told = mean(kl(human.policy || paired(human.policy, ▮unadvised)))")).toBe(
      "**unadvised**, a view of `paired`\n\nNo advice is given."
    )
  })

  it("says what axes, units, tests and assumptions are, and what stands between seeds", () => {
    expect(after("term wide = mean(sum(ai.latent over la▮tent))")).toBe(
      "**latent**, an axis\n\nThe numbers of a latent."
    )
    expect(after("term wide = mean(max(entropy(ai.policy) over ti▮me))")).toBe(
      "**time**, an axis\n\nThe steps of the segment."
    )
    expect(after("claim one: success(bica) > 0 with p < 0.05 by sign_▮flip")).toContain(
      "no less than 2^-n for n seeds. Gives a p."
    )
    expect(after("claim one: success(bica) > 0 with 95 % confidence assuming spr▮ead 2 %")).toContain(
      "standard deviation over seeds"
    )
    expect(after("claim one: iq▮m(success(bica)) > 0 with 95 % confidence")).toContain("the mean of their middle half")
    expect(after("claim one: steps(bica) < 5 st▮eps with 95 % confidence")).toContain("**steps**, a unit")
    expect(after("budget near: kl(ai.policy || ai.prior) <= 1 na▮t by dual(0.1)")).toContain("**nat**, a unit")
  })

  it("leaves the names of the file their own meaning", () => {
    expect(after("term silence = mean(entropy(ai.policy))\nterm two = 2 * sil▮ence")).toContain("term silence = ")
  })

  it("knows what metrics are measured against, what budgets ascend, and what a variant changes", () => {
    expect(said(inBica("baseline  one_way", "base▮line  one_way"))).toContain("what metrics are measured against")
    expect(said(inBica("ascend budgets", "ascend bud▮gets"))).toBe("Every budget that the objective is under.")
    expect(after("study more { from main seeds 1 vary train.up▮date.rate 0.1 }")).toContain("Takes gradient steps")
  })

  it("knows what an environment earned, what learns a weight, and what a parameter of a definition has", () => {
    expect(after("term gained = mean(ai.log_prob * map.advan▮tage)")).toContain("Return less value, standardised")
    expect(after("objective own = ppo(ai) + learned by hyper▮gradient(10) * drift")).toContain(
      "**hypergradient(rate, start)**, a weight"
    )
    expect(after("objective own = ppo(ai) + learned by hypergradient(10, st▮art 0.2) * drift")).toContain(
      "- default: `0.1`"
    )
    const define = "define near(who: agent) = mean(who.log_prob)"
    expect(after(define.replace("who.log_prob", "w▮ho.log_prob"))).toBe("```bica\nwho: agent\n```")
    expect(after(define.replace("who.log_prob", "who.log_▮prob"))).toContain("**log_prob** of `who`\n\nThe logarithm")
  })
})

describe("modules of code", () => {
  const digest = "0123456789abcdef".repeat(4)
  const energy = {
    name: "energy",
    doc: "The mean square.",
    parameters: [{ name: "x", kind: "tensor" }],
    gives: "scalar",
    unit: "nats"
  } as const
  const code = new Map([["./terms.ts", { digest, terms: [energy], metrics: [], environments: [] }]])
  const text = 'use "./terms.ts" as mine\nterm calm = mine.energy(ai.latent)\n'
  const at = (word: string, known = true): string => {
    const snapshot = read({ name: "file.bica", text }, known ? { ...catalogue, code } : catalogue)
    const contents = hover(snapshot, text.indexOf(word) + 1)?.contents
    return typeof contents === "object" && "value" in contents ? contents.value : ""
  }

  it("says what a module gives, on its path and on its name", () => {
    const given =
      '```bica\nuse "./terms.ts" as mine\n```\n\nCode of one\'s own, which gives\n\n- term `mine.energy`: The mean square.\n\nsha256 0123456789ab'
    expect(at('"./terms.ts"')).toBe(given)
    expect(at("mine")).toBe(given)
    expect(at('"./terms.ts"', false)).toContain("`--allow-code`")
  })

  it("says what a term of it takes and gives", () => {
    expect(at("energy(ai")).toBe(
      "```bica\nmine.energy(x: tensor)\n```\n\nThe mean square.\n\n- gives: one number of nats"
    )
  })
})
