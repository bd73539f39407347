import { expect, it } from "vitest"
import { at, constant, geometric, linear } from "../../../src/runtime/train/Schedule.ts"
import type { Schedule } from "../../../src/runtime/train/Schedule.ts"

const values = (schedule: Schedule, updates: ReadonlyArray<number>) =>
  updates.map((update) => Math.round(at(schedule, update) * 1e9) / 1e9)

it("a constant does not change", () => expect(values(constant(0.3), [0, 1, 1000])).toEqual([0.3, 0.3, 0.3]))

it("a linear schedule goes in equal steps and stays at its end", () => {
  expect(values(linear(0.004, 0.0004, 300), [0, 1, 150, 299, 300, 301])).toEqual([
    0.004, 0.003988, 0.0022, 0.000412, 0.0004, 0.0004
  ])
  expect(values(linear(0, 1, 2), [0, 1, 2, 3])).toEqual([0, 0.5, 1, 1])
})

it("a geometric schedule is multiplied at each update and never passes its end", () => {
  expect(values(geometric(1, 0.3, 0.5), [0, 1, 2, 3])).toEqual([1, 0.5, 0.3, 0.3])
  expect(values(geometric(1, 5, 2), [0, 1, 2, 3])).toEqual([1, 2, 4, 5])
  expect(values(geometric(1, 0.3, 0.95), [1, 2, 23, 24])).toEqual([0.95, 0.9025, 0.307356868, 0.3])
})

it("a geometric schedule that is multiplied by 1 stays where it starts", () => {
  expect(values(geometric(1, 0.3, 1), [0, 5])).toEqual([1, 1])
  expect(values(geometric(1, 5, 1), [0, 5])).toEqual([1, 1])
})
