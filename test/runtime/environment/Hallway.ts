/** A hallway with a door on either side of each place: a guide knows which side is lit, a walker must go as many steps as it stands away. */
import * as CodeEnvironment from "../../../src/runtime/environment/CodeEnvironment.ts"

/** State: the side that is lit, steps left to the door. */
const [LIT, LEFT] = [0, 1]

/** One step on the lit side goes nearer, on the other nothing happens; each round starts one to three steps away, the first time one. */
export const Hallway = CodeEnvironment.make({
  doc: "A hallway, one side of which is lit.",
  parameters: [
    {
      name: "horizon",
      doc: "Steps.",
      type: { kind: "number", unit: "steps", minimum: 1, maximum: 100, integer: true },
      default: 6
    }
  ],
  roles: [
    {
      name: "walker",
      doc: "Walks on a side.",
      kind: "acts",
      choices: ["left", "right"],
      observations: [{ name: "left", doc: "Steps left, / 3.", size: 1, reveals: ["distance"] }],
      rules: []
    },
    {
      name: "guide",
      doc: "Says a side.",
      kind: "speaks",
      choices: ["L", "R"],
      observations: [{ name: "lit", doc: "The lit side, one-hot.", size: 2, reveals: ["lit"] }],
      rules: [{ name: "honest", doc: "The lit side." }]
    }
  ],
  oracles: [
    { name: "teller", doc: "The guide says the lit side, the walker walks there.", talks: true },
    { name: "reminder", doc: "The guide keeps silent, the walker walks where it last heard, or left.", talks: true },
    { name: "seer", doc: "Walks on the lit side." }
  ],
  repeats: true,
  game: ({ horizon }) => ({
    horizon,
    state: 2,
    begin: (state, draw) => state.set([draw() < 0.5 ? 0 : 1, 1]),
    again: (state, draw) => void (state[LEFT] = 1 + Math.floor(3 * draw())),
    observe: {
      walker: { left: (state, out) => void (out[0] = (state[LEFT] ?? 0) / 3) },
      guide: { lit: ([lit = 0], out) => void (out[lit] = 1) }
    },
    step: (state, choice) => {
      if (choice === state[LIT]) state[LEFT] = Math.max(0, (state[LEFT] ?? 0) - 1)
      return -1
    },
    distance: ([, left = 0]) => left,
    advise: { guide: { honest: ([lit = 0]) => lit } },
    oracles: {
      teller: { means: ([lit = 0]) => lit, acts: (followed) => Math.max(0, followed) },
      reminder: { means: ([lit = 0]) => lit, says: () => -1, acts: (followed) => Math.max(0, followed) },
      seer: ([lit = 0]) => lit
    }
  })
})
