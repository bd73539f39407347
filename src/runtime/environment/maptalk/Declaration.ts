/** What the checker, completion and documentation know of MapTalk. */
import type { EnvironmentDeclaration } from "../../../declaration/Environment.ts"
import type { Parameter, Source } from "../../../declaration/Parameter.ts"

const paper = (text: string): Source => ({ kind: "paper", text: `Li & Song 2025, ${text}` })
const ours = (text: string): Source => ({ kind: "ours", text })

const reward = (name: string, doc: string, value: number, text: string): Parameter => ({
  name,
  doc,
  type: { kind: "number", unit: "reward", minimum: -1000, maximum: 1000 },
  default: value,
  source: paper(text)
})

/**
 * MapTalk: a navigator who sees the cells around it and a guide who sees the whole map but may only talk.
 *
 * The parameters' defaults are those of Li & Song 2025, section 4.1, except where their source says otherwise.
 */
export const MapTalk: EnvironmentDeclaration = {
  name: "MapTalk",
  doc: "A grid with obstacles. A navigator who sees its neighbourhood walks to a goal; a guide who sees the map talks.",
  parameters: [
    {
      name: "grid",
      doc: "Cells inside the walls; the grid is square.",
      type: { kind: "extent", minimum: 3, maximum: 64, square: true },
      default: { width: 8, height: 8 },
      source: paper("section 4.1")
    },
    {
      name: "obstacles",
      doc: "Probability that a cell is an obstacle, drawn uniformly from this range for each map.",
      type: { kind: "range", unit: "fraction", minimum: 0, maximum: 0.6 },
      default: { low: 0.2, high: 0.3 },
      source: paper("section 4.1")
    },
    {
      name: "horizon",
      doc: "Steps after which an episode ends, with or without success.",
      type: { kind: "number", unit: "steps", minimum: 1, maximum: 10_000, integer: true },
      default: 80,
      source: paper("section 4.1")
    },
    {
      name: "reward",
      doc: "What a step earns: the sum of what applies to it.",
      type: {
        kind: "block",
        parameters: [
          reward("step", "Every step.", -1, "section 4.1"),
          reward("collision", "Walking into an obstacle or a wall.", -5, "section 4.1"),
          reward("goal", "Reaching the goal.", 50, "section 4.1"),
          reward("token", "Every token that is not silence.", -0.05, "section 4.1"),
          {
            name: "scale",
            doc: "Rewards are multiplied by this before learning; measurements are not scaled.",
            type: { kind: "number", unit: "none", minimum: 0.000001, maximum: 1000 },
            default: 0.1,
            source: ours("keeps returns near [-10, 5], where a value loss of the usual weight is stable")
          }
        ]
      },
      default: { step: -1, collision: -5, goal: 50, token: -0.05, scale: 0.1 },
      source: paper("section 4.1; the scale is ours")
    }
  ],
  roles: [
    {
      name: "navigator",
      doc: "Stands on a cell, faces one of four directions and moves.",
      choices: ["forward", "left", "right", "stay"],
      kind: "acts",
      observations: [
        {
          name: "egocentric",
          doc: "The eight cells around it, turned to its heading: front-left, front, front-right, left, right, back-left, back, back-right. First whether each is blocked, then whether each is the goal.",
          size: 16,
          reveals: ["obstacles.near", "goal.near"],
          extent: { width: 3, height: 3 }
        },
        { name: "heading", doc: "Where it faces: north, east, south, west, one-hot.", size: 4, reveals: ["heading"] },
        {
          name: "last_action",
          doc: "Its last choice, one-hot; stay at the start of an episode.",
          size: 4,
          reveals: ["last_action"]
        },
        {
          name: "last_collision",
          doc: "Whether its last step was a collision.",
          size: 1,
          reveals: ["last_collision"]
        }
      ],
      rules: []
    },
    {
      name: "guide",
      doc: "Sees the whole map, intends a direction of travel and says it.",
      choices: ["N", "E", "S", "W"],
      kind: "speaks",
      observations: [
        {
          name: "full",
          doc: "For north, east, south, west: blocked (4), best by the plan (4, one-hot), extra cost over the best (4, steps / 4, at most 1), compass to the goal (4); then the way to the goal in cells / 8 (east, south), steps of the best plan / 20 (at most 3), and the navigator's heading (4), last action (4) and last collision.",
          size: 28,
          reveals: ["obstacles", "goal", "position", "heading", "last_action", "last_collision"]
        }
      ],
      rules: [
        {
          name: "compass",
          doc: "The direction of the larger distance to the goal, north or south when equal; ignores obstacles."
        },
        { name: "planner", doc: "The direction of the best plan over cells and headings." }
      ]
    }
  ],
  oracles: [
    { name: "random", doc: "Uniformly random actions, no messages." },
    { name: "wanderer", doc: "Walks on until blocked, turns at random; no messages." },
    { name: "planner", doc: "Follows the best plan over cells and headings, as if it saw the map; no messages." },
    {
      name: "direction_protocol",
      doc: "The guide says the planner's direction through its noisy channel; the navigator turns to it and walks, but never into a wall it sees."
    }
  ],
  metrics: [
    { name: "success", doc: "Whether the goal was reached within the horizon.", unit: "fraction", better: "higher" },
    { name: "steps", doc: "Steps of the episode; the horizon where it failed.", unit: "steps", better: "lower" },
    { name: "collisions", doc: "Steps into an obstacle or a wall.", unit: "collisions", better: "lower" },
    { name: "tokens", doc: "Tokens said that are not silence, of all agents.", unit: "tokens", better: "lower" },
    {
      name: "reward",
      doc: "Sum of the rewards of the episode, undiscounted, not scaled.",
      unit: "reward",
      better: "higher"
    },
    { name: "excess", doc: "Steps beyond those of the best plan from the start.", unit: "steps", better: "lower" }
  ]
}
