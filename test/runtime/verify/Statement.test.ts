import { Result } from "effect"
import { describe, expect, it } from "vitest"
import type { Judged } from "../../../src/runtime/verify/Statement.ts"
import { contradictions, decode, encode, make, predicateType, testsOf } from "../../../src/runtime/verify/Statement.ts"

const claim = (name: string, verdict: string): Judged => ({ pipeline: "p", claim: name, verdict })
const file = (name: string, digit: string) => ({ name, digest: { sha256: digit.repeat(64) } })

describe("claims as tests", () => {
  it("pass when all hold, fail when one fails, and warn of what is undecided or was never run", () => {
    expect(testsOf([claim("b", "holds"), claim("a", "holds")])).toEqual({
      result: "PASSED",
      passedTests: ["p/a", "p/b"],
      warnedTests: [],
      failedTests: []
    })
    expect(testsOf([claim("a", "holds"), claim("b", "undecided"), claim("c", "never run")])).toEqual({
      result: "WARNED",
      passedTests: ["p/a"],
      warnedTests: ["p/b", "p/c"],
      failedTests: []
    })
    expect(testsOf([claim("a", "fails"), claim("b", "undecided")]).result).toBe("FAILED")
  })

  it("are no reason to say passed when there is none", () => {
    expect(testsOf([]).result).toBe("WARNED")
  })
})

describe("a statement", () => {
  const tests = testsOf([claim("a", "holds")])

  it("names each file once, in order, and reads back as it was", () => {
    const statement = make([file("b", "1"), file("a", "2"), file("b", "1")], [file("b", "1")], tests)
    expect(statement?.subject.map(({ name }) => name)).toEqual(["a", "b"])
    const read = decode(statement === undefined ? "" : encode(statement))
    expect(Result.isSuccess(read) ? read.success : read.failure).toEqual(statement)
    expect(make([], [], tests)).toBeUndefined()
  })

  it("may have fields that this reader does not know", () => {
    const statement = make([file("a", "2")], [], tests)
    expect(Result.isSuccess(decode(JSON.stringify({ ...statement, more: { of: "it" } })))).toBe(true)
  })

  it.each([
    ["[]", "the statement is not a JSON object"],
    ["{", "the statement is not a JSON object"],
    ['{"_type": "https://in-toto.io/Statement/v0.1"}', 'its _type is "https://in-toto.io/Statement/v0.1"'],
    ['{"_type": "https://in-toto.io/Statement/v1", "predicateType": "x"}', 'its predicateType is "x"'],
    [
      `{"_type": "https://in-toto.io/Statement/v1", "predicateType": "${predicateType}", "subject": []}`,
      "it names no subject"
    ],
    [
      JSON.stringify({ ...make([file("a", "2")], [], tests), subject: [{ name: "a", digest: { sha256: "ABC" } }] }),
      "it is not what the predicate asks for"
    ],
    [
      JSON.stringify({ ...make([file("a", "2")], [], tests), predicate: { result: "FINE", configuration: [] } }),
      "it is not what the predicate asks for"
    ]
  ])("is not %s", (text, reason) => {
    const read = decode(text)
    expect(Result.isFailure(read) ? read.failure : "read").toContain(reason)
  })

  it("is held to what its files say of the claims", () => {
    const statement = make([file("a", "2")], [], tests)
    if (statement === undefined) throw new Error("no statement")
    expect(contradictions(statement, tests)).toEqual([])
    expect(contradictions(statement, testsOf([claim("a", "fails")]))).toEqual([
      "it says PASSED, and its files say FAILED",
      "passed: it says p/a, and its files say none",
      "failed: it says none, and its files say p/a"
    ])
  })
})
