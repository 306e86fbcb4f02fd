/** Something that has a value. `source` is how it is written, for errors. */
export type Operand = { readonly at: number; readonly source: string } & (
  | { readonly kind: "dot" }
  | { readonly kind: "nil" }
  | { readonly kind: "constant"; readonly value: string | number | bigint | boolean }
  | { readonly kind: "function"; readonly name: string }
  /** A variable, `$` included, or nothing for the fields of the dot. */
  | { readonly kind: "fields"; readonly of: Operand | undefined; readonly path: readonly string[] }
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "pipeline"; readonly pipeline: Pipeline }
)

export interface Command {
  readonly at: number
  readonly source: string
  readonly operands: readonly Operand[]
}

/** Commands, each given what the one before it says; what comes out may be kept in variables. */
export interface Pipeline {
  readonly at: number
  readonly source: string
  readonly variables: readonly string[]
  /** `=` rather than `:=`. */
  readonly assigns: boolean
  readonly commands: readonly Command[]
}

interface Block {
  readonly pipeline: Pipeline
  readonly body: readonly Node[]
  readonly otherwise: readonly Node[]
}

export type Node =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "action"; readonly pipeline: Pipeline }
  | (Block & { readonly kind: "if" | "with" })
  | (Block & { readonly kind: "range" })
  | { readonly kind: "template"; readonly name: string; readonly pipeline: Pipeline | undefined; readonly at: number }
  | { readonly kind: "break" | "continue" }

export interface Template {
  readonly name: string
  readonly text: string
  readonly body: readonly Node[]
  /** Of `define` and `block`. */
  readonly named: ReadonlyMap<string, readonly Node[]>
}
