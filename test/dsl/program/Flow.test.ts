/** What trains what. `UPDATE_GOLDEN=1` writes the tables as they are now. */
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { analyse, flow, flowText } from "../../../src/dsl/index.ts"
import { alignment, catalogue, program, realigned } from "../check/Files.ts"

const root = join(import.meta.dirname, "..", "..", "..")
const files = {
  reasons: join(root, "test", "golden", "flow", "reasons.bica"),
  bica: join(root, "pipelines", "bica.bica"),
  maptalk: join(root, "pipelines", "maptalk.bica")
}

describe("the tables", () => {
  it.each(Object.entries(files))("of %s", (name, path) => {
    const { diagnostics, program: made } = analyse({ name, text: readFileSync(path, "utf8") }, catalogue)
    expect(diagnostics.map((one) => one.cause)).toEqual([])
    if (made === undefined) throw new Error("no program")
    const golden = join(root, "test", "golden", "flow", `${name}.flow`)
    const text = flowText(made)
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(golden, text)
    expect(existsSync(golden) ? readFileSync(golden, "utf8") : undefined).toBe(text)
  })

  it("have a row for every summand, budget and the critic, and a column for every group", () => {
    const [first] = flow(program(alignment))
    expect(first?.groups).toEqual(["ai", "human", "codes", "bridge", "coach", "critic"])
    expect(first?.rows.map((one) => one.name)).toEqual([
      "ppo(ai)",
      "ppo(human)",
      "ppo(coach)",
      "ib",
      "rep",
      "teach",
      "spoken",
      "human_drift",
      "value"
    ])
    for (const row of first?.rows ?? []) expect(row.cells.map((one) => one.group)).toEqual(first?.groups)
  })

  it("say which update leaves a group out", () => {
    // a warning, since a group that stays as it was drawn may be meant
    const made = program(
      realigned("update human, ai, codes, bridge, coach jointly", "update human, ai, codes, bridge jointly")
        .replace("+ ppo(coach, entropy 0) ", "")
        .replace("+ 0.02 * teach ", "")
        .replace("term teach = mean(coach.intervenes)\n", "term teach = mean(coach.intervenes + entropy(ai.policy))\n")
        .replace("0.05 * rep +", "0.05 * rep + 0.02 * teach +")
    )
    const teach = flow(made)[0]?.rows.find((one) => one.name === "teach")
    expect(teach?.cells.find((one) => one.group === "coach")).toEqual({
      group: "coach",
      reason: "not updated",
      by: "train"
    })
    expect(teach?.cells.find((one) => one.group === "ai")?.reason).toBe("trains")
  })

  it("agree with what the checker says each part trains", () => {
    const made = program(alignment)
    for (const table of flow(made)) {
      const objective = made.objectives.find((one) => one.name === table.objective)
      if (objective === undefined) throw new Error("no objective")
      for (const [i, part] of objective.loss.entries()) {
        const trained = table.rows[i]?.cells.filter((one) => one.reason === "trains").map((one) => one.group)
        expect(trained?.toSorted()).toEqual(part.trains.filter((name) => !objective.freezing.includes(name)).toSorted())
      }
    }
  })
})
