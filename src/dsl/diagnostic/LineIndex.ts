/**
 * Lines of a text. A line ends at `\n`, `\r\n` or a lone `\r`, as editors have it.
 */

/** A place for people: line and column count from 1, columns in UTF-16 units. */
export interface Position {
  readonly line: number
  readonly column: number
}

export class LineIndex {
  readonly text: string
  readonly #starts: ReadonlyArray<number>

  constructor(text: string) {
    this.text = text
    const starts = [0]
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i)
      if (unit === 10 || (unit === 13 && text.charCodeAt(i + 1) !== 10)) starts.push(i + 1)
    }
    this.#starts = starts
  }

  /** Number of lines; a text that ends in a line break has an empty last one. */
  get count(): number {
    return this.#starts.length
  }

  /** The number, from 1, of the line that holds an offset; offsets past the end lie on the last line. */
  lineAt(offset: number): number {
    let low = 0
    let high = this.#starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.#starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return low + 1
  }

  /** Offset of the first character of a line. */
  startOf(line: number): number {
    return this.#starts[line - 1] ?? this.text.length
  }

  /** Offset after the last character of a line, its line break not counted. */
  endOf(line: number): number {
    let end = line < this.#starts.length ? this.startOf(line + 1) : this.text.length
    if (line < this.#starts.length) {
      if (this.text.charCodeAt(end - 1) === 10) end -= 1
      if (end > this.startOf(line) && this.text.charCodeAt(end - 1) === 13) end -= 1
    }
    return end
  }

  /** The characters of a line without its line break. */
  textOf(line: number): string {
    return this.text.slice(this.startOf(line), this.endOf(line))
  }

  /** Line and column of an offset. */
  position(offset: number): Position {
    const at = Math.max(0, Math.min(offset, this.text.length))
    const line = this.lineAt(at)
    return { line, column: at - this.startOf(line) + 1 }
  }
}
