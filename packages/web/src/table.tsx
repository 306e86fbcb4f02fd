import type { ReactNode } from "react"

interface TableProps<Row> {
  readonly caption: string
  readonly columns: readonly string[]
  readonly rows: readonly Row[]
  readonly rowKey: (row: Row) => string
  readonly cells: (row: Row) => readonly ReactNode[]
  /** What to do next when there is nothing. */
  readonly empty: string
}

export function Table<Row>({ caption, columns, rows, rowKey, cells, empty }: TableProps<Row>) {
  return (
    <section aria-label={caption}>
      <h2>{caption}</h2>
      {rows.length === 0 ? (
        <p className="empty">{empty}</p>
      ) : (
        <table>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column} scope="col">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={rowKey(row)}>
                {cells(row).map((cell, index) => (
                  <td key={columns[index]}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}
