import { assert, describe, it } from "@effect/vitest"
import { changes, differences, narrowed, reasons, sentence } from "../../../src/runtime/verify/Changes.ts"

const file = {
  meaning: {
    "stage train": { environment: "e1", "agent ai": "a1", work: "w1" },
    "stage test": { environment: "e1", "agent ai": "a1", work: "p1" },
    "objective bica": { loss: "l1", within: "b1", "agent ai": "a1", environment: "e1" }
  },
  statements: {
    "environment map": "MapTalk",
    "environment map, grid": "5 by 5",
    "environment map, shift dense": "",
    "environment map, shift dense, obstacles": "0.3 .. 0.4",
    "agent ai": "plays map.navigator",
    "agent ai, policy": "gru(16)",
    "term far": "1",
    "budget ai_drift": "kl(ai.policy || ai.prior) <= 0.05 nats by dual(0.01, start 0)",
    "objective bica": "ppo(ai) within ai_drift",
    "stage train": "",
    "stage train, repeat": "40 times",
    "stage train, checkpoint": "every 5 updates",
    "stage test": "after train",
    "stage test, play": "256 episodes on map, dense"
  }
}

const edited = (meaning: Partial<typeof file.meaning>, statements: Readonly<Record<string, string>>) => ({
  before: file,
  after: { meaning: { ...file.meaning, ...meaning }, statements: { ...file.statements, ...statements } }
})

describe("narrowed", () => {
  it("keeps what differs in a long text, with its unit, and short texts whole", () => {
    assert.deepStrictEqual(
      narrowed(
        "kl(ai.policy || ai.prior) <= 0.05 nats by dual(0.01, start 0)",
        "kl(ai.policy || ai.prior) <= 0.1 nats by dual(0.01, start 0)"
      ),
      ["0.05 nats", "0.1 nats"]
    )
    assert.deepStrictEqual(narrowed("5 by 5", "5 by 6"), ["5 by 5", "5 by 6"])
  })

  it("leaves off the comma before what follows on both sides", () => {
    assert.deepStrictEqual(
      narrowed(
        "256 episodes on map by map.planner, map.random",
        "256 episodes on map by map.planner, map.talker, map.random"
      ),
      ["map.planner", "map.planner, map.talker"]
    )
  })

  it("keeps a word beside what only came or went", () => {
    assert.deepStrictEqual(
      narrowed(
        "egocentric(3 by 3), heading, last_action, last_collision",
        "egocentric(3 by 3), heading, last_collision"
      ),
      ["heading, last_action", "heading"]
    )
    assert.deepStrictEqual(
      narrowed("success, steps, collisions, tokens", "success, steps, collisions, tokens, reward"),
      ["tokens", "tokens, reward"]
    )
  })
})

describe("changes", () => {
  it("are none when the meaning is the same, whatever the words", () => {
    assert.deepStrictEqual(changes(edited({}, { "term far": "2", "stage train, checkpoint": "every 7 updates" })), [])
  })

  it("are said in the words of the places that the changed meaning is made of", () => {
    const versions = edited(
      { "objective bica": { ...file.meaning["objective bica"], within: "b2" } },
      {
        "budget ai_drift": "kl(ai.policy || ai.prior) <= 0.1 nats by dual(0.01, start 0)",
        // this one has changed too, and means nothing to the objective
        "stage train, checkpoint": "every 7 updates"
      }
    )
    assert.deepStrictEqual(changes(versions), ["budget ai_drift: 0.05 nats became 0.1 nats"])
    assert.deepStrictEqual(reasons(versions, "stage train"), [])
  })

  it("of a shift are the reason for a stage that plays it, not for one that trains", () => {
    const versions = edited(
      {
        "stage test": { ...file.meaning["stage test"], work: "p2" },
        "stage train": { ...file.meaning["stage train"], work: "w2" }
      },
      { "environment map, shift dense, obstacles": "0.3 .. 0.5", "stage train, repeat": "50 times" }
    )
    assert.deepStrictEqual(reasons(versions, "stage test"), [
      "environment map, shift dense, obstacles: 0.3 .. 0.4 became 0.3 .. 0.5"
    ])
    assert.include(reasons(versions, "stage train"), "stage train, repeat: 40 times became 50 times")
  })

  it("of an agent are said once, though every stage has it", () => {
    const agent = { "agent ai": "a2" }
    const versions = edited(
      {
        "stage train": { ...file.meaning["stage train"], ...agent },
        "stage test": { ...file.meaning["stage test"], ...agent },
        "objective bica": { ...file.meaning["objective bica"], ...agent }
      },
      { "agent ai, policy": "gru(32)" }
    )
    assert.deepStrictEqual(changes(versions), ["agent ai, policy: gru(16) became gru(32)"])
  })

  it("of a stage are said once too where variants run it, and not taken for a change of bica", () => {
    const study = { seeds: "s1", variants: "v1" }
    const meaning = { ...file.meaning, "study main": study }
    const versions = {
      before: { meaning, statements: file.statements },
      after: {
        meaning: {
          ...meaning,
          "stage train": { ...file.meaning["stage train"], work: "w2" },
          "study main": { ...study, variants: "v2" }
        },
        statements: { ...file.statements, "stage train, repeat": "50 times" }
      }
    }
    assert.deepStrictEqual(changes(versions), ["stage train, repeat: 40 times became 50 times"])
  })

  it("without a changed word are a change of bica", () => {
    const versions = edited({ "stage train": { ...file.meaning["stage train"], work: "w2" } }, {})
    assert.deepStrictEqual(changes(versions), [
      "stage train says the same, and this version of bica understands it otherwise (work)"
    ])
  })

  it("name declarations that came and went", () => {
    const { "stage test": gone, ...meaning } = file.meaning
    assert.isDefined(gone)
    const after = { meaning: { ...meaning, "claim near": { states: "c1" } }, statements: file.statements }
    assert.deepStrictEqual(changes({ before: file, after }), ["stage test is gone", "claim near is new"])
  })
})

describe("differences", () => {
  it("leave out what came or went with the whole that holds it", () => {
    const {
      "environment map, shift dense": shift,
      "environment map, shift dense, obstacles": obstacles,
      ...rest
    } = file.statements
    assert.deepStrictEqual([shift, obstacles], ["", "0.3 .. 0.4"])
    assert.deepStrictEqual(differences(file.statements, rest).map(sentence), ["environment map, shift dense is gone"])
    assert.deepStrictEqual(differences(rest, file.statements).map(sentence), ["environment map, shift dense is new"])
  })
})
