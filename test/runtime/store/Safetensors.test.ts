import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as fc from "fast-check"
import { decode, encode } from "../../../src/runtime/store/Safetensors.ts"
import type { StoredTensor } from "../../../src/runtime/store/Store.ts"

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex")

/** A file put together by hand: header length, header, data. */
const file = (header: string, data: ReadonlyArray<number> = [], length?: bigint): Uint8Array => {
  const text = new TextEncoder().encode(header)
  const bytes = new Uint8Array(8 + text.length + data.length)
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(text.length), true)
  bytes.set(text, 8)
  bytes.set(data, 8 + text.length)
  return bytes
}

const refusal = (bytes: Uint8Array): string =>
  Result.match(decode(bytes), { onSuccess: () => "accepted", onFailure: (error) => error.message })

const shape = fc.array(fc.nat({ max: 4 }), { maxLength: 4 })

const tensor: fc.Arbitrary<StoredTensor> = shape.chain((dimensions) => {
  const length = dimensions.reduce((product, dimension) => product * dimension, 1)
  const words = fc.array(fc.nat({ max: 0xffffffff }), { minLength: length, maxLength: length })
  return fc.oneof(
    words.map((bits): StoredTensor => ({ shape: dimensions, data: new Float32Array(new Uint32Array(bits).buffer) })),
    words.map((bits): StoredTensor => ({ shape: dimensions, data: new Int32Array(bits) })),
    words.map((bits): StoredTensor => ({ shape: dimensions, data: new Uint8Array(bits) }))
  )
})

const tensors = fc
  .array(fc.tuple(fc.string({ unit: "grapheme", maxLength: 8 }), tensor), { maxLength: 6 })
  .map((entries) => Object.fromEntries(entries))

/** Shape, kind of array and raw bits: what must survive, NaN payloads included. */
const bits = (all: Readonly<Record<string, StoredTensor>>) =>
  Object.keys(all)
    .sort()
    .map((name) => {
      const { data, shape } = all[name] ?? assert.fail(name)
      return [name, data.constructor.name, shape, hex(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))]
    })

describe("encode", () => {
  it("writes the published layout, byte for byte", () => {
    const bytes = Result.getOrThrow(
      encode(
        {
          b: { shape: [3], data: new Uint8Array([1, 2, 255]) },
          "a/w": { shape: [2, 1], data: new Float32Array([1, -2]) },
          i: { shape: [], data: new Int32Array([-1]) }
        },
        { update: "7" }
      )
    )
    const header =
      '{"__metadata__":{"update":"7"},' +
      '"a/w":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},' +
      '"b":{"dtype":"U8","shape":[3],"data_offsets":[12,15]},' +
      '"i":{"dtype":"I32","shape":[],"data_offsets":[8,12]}}'
    assert.strictEqual(header.length, 195)
    assert.strictEqual(
      hex(bytes),
      "c800000000000000" + // 200, little-endian: the next multiple of 8
        hex(new TextEncoder().encode(header + "     ")) +
        "0000803f" +
        "000000c0" + // 1 and -2 as IEEE 754 singles
        "ffffffff" + // -1
        "0102ff"
    )
  })

  it("writes an empty file as {} padded to eight bytes", () => {
    assert.strictEqual(hex(Result.getOrThrow(encode({}))), "0800000000000000" + "7b7d202020202020")
  })

  it("does not depend on the order in which tensors were added, integer-like names included", () => {
    const one: StoredTensor = { shape: [1], data: new Float32Array([1]) }
    const two: StoredTensor = { shape: [1], data: new Uint8Array([2]) }
    const a = Result.getOrThrow(encode({ w: one, "10": two, "9": one }, { x: "1", a: "2" }))
    const b = Result.getOrThrow(encode({ "9": one, "10": two, w: one }, { a: "2", x: "1" }))
    assert.strictEqual(hex(a), hex(b))
    const text = new TextDecoder().decode(a)
    assert.isTrue(text.indexOf('"10"') < text.indexOf('"9"') && text.indexOf('"9"') < text.indexOf('"w"'))
  })

  it("reads arrays that are views into larger buffers", () => {
    const window = new Float32Array([9, 1, 2, 9]).subarray(1, 3)
    const { tensors } = Result.getOrThrow(decode(Result.getOrThrow(encode({ w: { shape: [2], data: window } }))))
    assert.deepStrictEqual(tensors["w"], { shape: [2], data: new Float32Array([1, 2]) })
  })

  it("refuses a shape that does not fit the data and the reserved name", () => {
    const say = (all: Readonly<Record<string, StoredTensor>>) =>
      Result.match(encode(all), { onSuccess: () => "accepted", onFailure: (error) => error.message })
    assert.strictEqual(
      say({ w: { shape: [2, 2], data: new Float32Array(3) } }),
      "tensor w: shape [2, 2] does not hold 3 numbers"
    )
    assert.strictEqual(
      say({ w: { shape: [-1, -3], data: new Float32Array(3) } }),
      "tensor w: shape [-1, -3] does not hold 3 numbers"
    )
    assert.strictEqual(
      say({ __metadata__: { shape: [0], data: new Float32Array(0) } }),
      "a tensor cannot be called __metadata__"
    )
  })
})

describe("decode", () => {
  it("gives back every bit of what was encoded, and the same bytes again", () => {
    fc.assert(
      fc.property(tensors, (all) => {
        const bytes = Result.getOrThrow(encode(all))
        const headerLength = Number(new DataView(bytes.buffer).getBigUint64(0, true))
        assert.strictEqual(headerLength % 8, 0)
        const contents = Result.getOrThrow(decode(bytes))
        assert.deepStrictEqual(bits(contents.tensors), bits(all))
        assert.strictEqual(hex(Result.getOrThrow(encode(contents.tensors))), hex(bytes))
      }),
      { numRuns: 300 }
    )
  })

  it("reads bytes that lie at an odd offset of a pooled Node buffer", () => {
    const bytes = Result.getOrThrow(encode({ w: { shape: [2], data: new Int32Array([3, -4]) } }))
    const pooled = Buffer.alloc(bytes.length + 3)
    pooled.set(bytes, 3)
    const contents = Result.getOrThrow(decode(pooled.subarray(3)))
    pooled.fill(0)
    assert.deepStrictEqual(contents.tensors["w"], { shape: [2], data: new Int32Array([3, -4]) })
  })

  it("reads a file as another writer lays it out: no padding, own order of names, metadata last", () => {
    const contents = Result.getOrThrow(
      decode(
        file(
          '{"z":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},' +
            '"a":{"data_offsets":[1,5],"shape":[1],"dtype":"I32"},"__metadata__":{"format":"pt"}}',
          [7, 0xfe, 0xff, 0xff, 0xff]
        )
      )
    )
    assert.deepStrictEqual(contents.tensors["z"], { shape: [1], data: new Uint8Array([7]) })
    assert.deepStrictEqual(contents.tensors["a"], { shape: [1], data: new Int32Array([-2]) })
    assert.deepStrictEqual(contents.metadata, { format: "pt" })
  })

  const entry = (dtype: string, dimensions: string, offsets: string) =>
    `{"dtype":"${dtype}","shape":${dimensions},"data_offsets":${offsets}}`
  const refusals: ReadonlyArray<readonly [string, Uint8Array, string]> = [
    ["nothing", new Uint8Array(0), "0 bytes are too few to hold the header length"],
    ["seven bytes", new Uint8Array(7), "7 bytes are too few to hold the header length"],
    ["a length beyond the file", file("{}", [], 3n), "the header claims 3 bytes, but only 2 follow its length"],
    [
      "a length beyond the limit",
      file("{}", [], 100_000_001n),
      "the header claims 100000001 bytes, over the limit of 100000000"
    ],
    [
      "a length of 2^63",
      file("{}", [], 2n ** 63n),
      "the header claims 9223372036854775808 bytes, over the limit of 100000000"
    ],
    ["an empty header", file("", []), "the header does not begin with {"],
    ["a list for a header", file("[1]"), "the header does not begin with {"],
    ["a header cut off", file('{"a":'), "the header is not a JSON object"],
    ["a header that is not UTF-8", file("{}", [0xff, 0x7d], 4n), "the header is not UTF-8"],
    ["metadata that is not text", file('{"__metadata__":{"n":1}}'), "__metadata__ is not a map from text to text"],
    [
      "an entry without a shape",
      file('{"w":{"dtype":"U8","data_offsets":[0,0]}}'),
      "tensor w: the entry is not {dtype, shape, data_offsets}"
    ],
    [
      "a negative dimension",
      file(`{"w":${entry("U8", "[-1]", "[0,0]")}}`),
      "tensor w: the entry is not {dtype, shape, data_offsets}"
    ],
    [
      "a half dimension",
      file(`{"w":${entry("U8", "[0.5]", "[0,0]")}}`),
      "tensor w: the entry is not {dtype, shape, data_offsets}"
    ],
    [
      "three offsets",
      file(`{"w":${entry("U8", "[0]", "[0,0,0]")}}`),
      "tensor w: the entry is not {dtype, shape, data_offsets}"
    ],
    [
      "a type without an array here",
      file(`{"w":${entry("BF16", "[1]", "[0,2]")}}`, [0, 0]),
      "tensor w: dtype BF16 is not read here, only F32, I32 and U8"
    ],
    ["a type that does not exist", file(`{"w":${entry("f32", "[0]", "[0,0]")}}`), "tensor w: unknown dtype f32"],
    [
      "a type named like a method",
      file(`{"w":${entry("toString", "[0]", "[0,0]")}}`),
      "tensor w: unknown dtype toString"
    ],
    [
      "a shape beyond 2^53",
      file(`{"w":${entry("U8", "[134217728,134217728]", "[0,0]")}}`),
      "tensor w: shape [134217728, 134217728] is too large"
    ],
    [
      "a range beyond the data",
      file(`{"w":${entry("U8", "[2]", "[0,2]")}}`, [1]),
      "tensor w: bytes 0 to 2 are not within the 1 bytes of data"
    ],
    [
      "a range backwards",
      file(`{"w":${entry("U8", "[1]", "[1,0]")}}`, [1]),
      "tensor w: bytes 1 to 0 are not within the 1 bytes of data"
    ],
    [
      "a range too short",
      file(`{"w":${entry("F32", "[2]", "[0,4]")}}`, [0, 0, 0, 0]),
      "tensor w: F32 [2] takes 8 bytes, but its range has 4"
    ],
    [
      "two tensors in one place",
      file(`{"a":${entry("U8", "[2]", "[0,2]")},"b":${entry("U8", "[2]", "[1,3]")}}`, [1, 2, 3]),
      "tensors a and b overlap"
    ],
    [
      "a hole",
      file(`{"a":${entry("U8", "[1]", "[0,1]")},"b":${entry("U8", "[1]", "[2,3]")}}`, [1, 2, 3]),
      "1 bytes before tensor b belong to no tensor"
    ],
    ["bytes at the end", file("{}", [1, 2]), "2 bytes at the end belong to no tensor"]
  ]
  for (const [what, bytes, reason] of refusals) {
    it(`refuses ${what}`, () => {
      assert.strictEqual(refusal(bytes), reason)
    })
  }

  it("refuses every file cut short", () => {
    const bytes = Result.getOrThrow(
      encode({ w: { shape: [2], data: new Float32Array([1, 2]) }, b: { shape: [1], data: new Uint8Array([1]) } })
    )
    for (let length = 0; length < bytes.length; length++) {
      assert.notStrictEqual(refusal(bytes.subarray(0, length)), "accepted", `cut to ${length} bytes`)
    }
  })
})
