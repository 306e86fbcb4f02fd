import { Option } from "commander"
import { stringify } from "yaml"

export const formats = ["table", "json", "yaml"] as const
export type Format = (typeof formats)[number]

/** `-o`, as every command has it. */
export const outputOption = (): Option =>
  new Option("-o, --output <format>", "how to print").choices(formats).default("table")

/** A column of a table: its heading and the cell of a row. */
export interface Column<Row> {
  readonly heading: string
  readonly cell: (row: Row) => string
}

/**
 * `json` and `yaml` print the value as it is, for scripts; `table` prints the columns that people look for, or the sentence
 * `none` where there are no rows.
 */
export function render<Row>(
  format: Format,
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  value: unknown = rows,
  none?: string,
): string {
  if (format === "json") return JSON.stringify(value, undefined, 2)
  // Never folded: a diff stays a diff.
  if (format === "yaml") return stringify(value, { lineWidth: 0 }).trimEnd()
  return table(rows, columns, none)
}

/** Columns as wide as their widest cell, two spaces between, nothing after the last; `none` instead of an empty table. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[], none?: string): string {
  if (rows.length === 0 && none !== undefined) return none
  const cells = [
    columns.map((column) => column.heading),
    ...rows.map((row) => columns.map((column) => column.cell(row))),
  ]
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => (line[index] ?? "").length)))
  return cells
    .map((line) =>
      line
        .map((cell, index) => (index === line.length - 1 ? cell : cell.padEnd(widths[index] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n")
}
