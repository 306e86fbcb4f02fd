import { stringify } from "yaml"

export const formats = ["table", "json", "yaml"] as const
export type Format = (typeof formats)[number]

/** A column of a table: its heading and the cell of a row. */
export interface Column<Row> {
  readonly heading: string
  readonly cell: (row: Row) => string
}

/** `json` and `yaml` print the value as it is, for scripts; `table` prints the columns that people look for. */
export function render<Row>(
  format: Format,
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  value: unknown = rows,
): string {
  if (format === "json") return JSON.stringify(value, undefined, 2)
  if (format === "yaml") return stringify(value).trimEnd()
  return table(rows, columns)
}

/** Columns as wide as their widest cell, two spaces between, nothing after the last. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
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
