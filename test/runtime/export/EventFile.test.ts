import { describe, expect, it } from "vitest"
import { crc32c, encode, masked } from "../../../src/runtime/export/EventFile.ts"

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")

describe("CRC-32C", () => {
  it("gives the published values (RFC 3720, B.4)", () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43)
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, n) => n))).toBe(0x46dd794e)
    expect(crc32c(ascii("123456789"))).toBe(0xe3069283)
    expect(crc32c(new Uint8Array(0))).toBe(0)
  })

  it("is masked by turning it right by 15 bits and adding 0xa282ead8", () => {
    expect(masked(0)).toBe(0xa282ead8)
    // 0x00018000 turned right by 15 bits is 3
    expect(masked(0x00018000)).toBe(0xa282eadb)
  })
})

describe("an event file", () => {
  it("begins with the version, byte for byte as TensorFlow writes it", () => {
    // 24 bytes: field 1 (double 0), field 3 (13 bytes of text)
    const message = `09${"00".repeat(8)}1a0d${hex(ascii("brain.Event:2"))}`
    const bytes = hex(encode([]))
    expect(bytes.slice(0, 16)).toBe("1800000000000000")
    // the masked CRC of the length 24, as in every event file there is
    expect(bytes.slice(16, 24)).toBe("a37f4b22")
    expect(bytes.slice(24, 24 + 48)).toBe(message)
    expect(bytes).toHaveLength(2 * (8 + 4 + 24 + 4))
  })

  it("puts the scalars of a step into one event, steps in order", () => {
    const bytes = encode([
      { tag: "b", step: 2, value: 1.5 },
      { tag: "a", step: 1, value: -2 },
      { tag: "c", step: 2, value: 0 }
    ])
    const float = (value: number) => hex(new Uint8Array(Float32Array.of(value).buffer))
    const value = (tag: string, x: number) => `0a080a01${hex(ascii(tag))}15${float(x)}`
    const double = (x: number) => hex(new Uint8Array(Float64Array.of(x).buffer))
    const first = `09${double(1)}10012a0a${value("a", -2)}`
    const second = `09${double(2)}10022a14${value("b", 1.5)}${value("c", 0)}`
    const text = hex(bytes)
    expect(text.slice(80 + 24, 80 + 24 + first.length)).toBe(first)
    expect(text.slice(80 + 24 + first.length + 8 + 24, -8)).toBe(second)
  })
})
