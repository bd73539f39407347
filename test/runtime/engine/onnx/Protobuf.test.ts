import { assert, describe, it } from "@effect/vitest"
import * as Protobuf from "../../../../src/runtime/engine/onnx/Protobuf.ts"

const hex = (writer: Protobuf.Writer) => Buffer.from(writer.finish()).toString("hex")

describe("Protobuf", () => {
  // The first four are the examples of the encoding guide.
  it("writes an integer as a varint", () => {
    assert.strictEqual(hex(Protobuf.make().int(1, 150)), "089601")
  })

  it("writes a string behind its length in bytes", () => {
    assert.strictEqual(hex(Protobuf.make().string(2, "testing")), "120774657374696e67")
    assert.strictEqual(hex(Protobuf.make().string(2, "é")), "1202c3a9")
  })

  it("writes a message inside a message", () => {
    assert.strictEqual(hex(Protobuf.make().message(3, Protobuf.make().int(1, 150))), "1a03089601")
  })

  it("packs repeated integers", () => {
    assert.strictEqual(hex(Protobuf.make().ints(6, [3, 270, 86942])), "3206038e029ea705")
    assert.strictEqual(hex(Protobuf.make().ints(6, [])), "3200")
  })

  it("writes negative integers in ten bytes, and the largest safe one", () => {
    assert.strictEqual(hex(Protobuf.make().int(1, -1)), "08ffffffffffffffffff01")
    assert.strictEqual(hex(Protobuf.make().int(1, -2)), "08feffffffffffffffff01")
    assert.strictEqual(hex(Protobuf.make().int(1, 2 ** 53 - 1)), "08ffffffffffffff0f")
    assert.strictEqual(hex(Protobuf.make().int(1, 127)), "087f")
    assert.strictEqual(hex(Protobuf.make().int(1, 128)), "088001")
  })

  it("writes field numbers above 15 in two bytes", () => {
    assert.strictEqual(hex(Protobuf.make().int(20, 7)), "a00107")
  })

  it("writes floats little-endian", () => {
    assert.strictEqual(hex(Protobuf.make().float(2, 1)), "150000803f")
    assert.strictEqual(hex(Protobuf.make().floats(4, Float32Array.of(1, -2))), "22080000803f000000c0")
  })

  it("grows beyond its first buffer", () => {
    const long = "x".repeat(1000)
    assert.strictEqual(hex(Protobuf.make().string(1, long).int(2, 1)), `0ae807${"78".repeat(1000)}1001`)
  })
})
