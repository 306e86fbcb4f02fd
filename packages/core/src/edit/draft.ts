import type { FileChange, Tree } from "./edit.ts"
import type { Located } from "./locate.ts"
import type { Path } from "./path.ts"
import type { ScalarValue } from "./scalar.ts"
import { removeEntry, setScalar, type SpliceResult } from "./splice.ts"

/** An edit in the making: the tree with changes laid over it. One refusal spoils the whole draft. */
export class Draft {
  readonly #tree: Tree
  readonly #changed = new Map<string, string>()
  #refusal: string | undefined

  constructor(tree: Tree) {
    this.#tree = tree
  }

  /** The first reason why the edit cannot be made. */
  get refusal(): string | undefined {
    return this.#refusal
  }

  /** The tree as it would be. */
  tree(): Tree {
    return { revision: this.#tree.revision, files: new Map([...this.#tree.files, ...this.#changed]) }
  }

  /** Sets a scalar below an object. */
  set(located: Located, path: Path, value: ScalarValue): this {
    return this.#splice(located, (text) => setScalar(text, located.document, [...located.at, ...path], value))
  }

  /** Removes a map entry below an object. */
  remove(located: Located, path: Path): this {
    return this.#splice(located, (text) => removeEntry(text, located.document, [...located.at, ...path]))
  }

  /** Writes a whole file. */
  write(path: string, content: string): this {
    this.#changed.set(path, content)
    return this
  }

  refuse(reason: string): this {
    this.#refusal ??= reason
    return this
  }

  /** Only what differs from the tree. */
  changes(): FileChange[] {
    return [...this.#changed]
      .filter(([path, content]) => this.#tree.files.get(path) !== content)
      .map(([path, content]) => ({ path, content }))
  }

  #splice(located: Located, edit: (text: string) => SpliceResult): this {
    const text = this.#changed.get(located.path) ?? this.#tree.files.get(located.path)
    if (text === undefined) return this.refuse(`${located.path} is not in the tree.`)
    const result = edit(text)
    if (!result.ok) return this.refuse(`${located.path} cannot be edited: ${result.reason}.`)
    this.#changed.set(located.path, result.text)
    return this
  }
}
