import { equalJson, isRecord } from "../json.ts"

/**
 * Orders a merged list: items that `order` names follow it, the others keep the order they have in `server`, and both
 * sequences are interleaved as `server` has them. `order` wins over `server`.
 * `mergeKey` identifies an item by one field; without it items are scalars.
 */
export function inOrder(
  items: readonly unknown[],
  order: readonly unknown[],
  server: readonly unknown[],
  mergeKey: string | undefined,
): unknown[] {
  const indexIn = (list: readonly unknown[], item: unknown): number =>
    list.findIndex((one) => equalJson(keyOf(one, mergeKey), keyOf(item, mergeKey)))
  const byOrder = (list: readonly unknown[]) => (a: unknown, b: unknown) => indexIn(list, a) - indexIn(list, b)

  const named = items.filter((item) => indexIn(order, item) >= 0).sort(byOrder(order))
  const others = items.filter((item) => indexIn(order, item) < 0).sort(byOrder(server))
  const result: unknown[] = []
  for (const item of named) {
    const place = indexIn(server, item)
    // An item that the server does not have goes before the rest of the server's own items.
    const before = place < 0 ? 0 : others.filter((other) => indexIn(server, other) < place).length
    result.push(...others.splice(0, before), item)
  }
  return [...result, ...others]
}

function keyOf(item: unknown, mergeKey: string | undefined): unknown {
  return mergeKey !== undefined && isRecord(item) ? item[mergeKey] : item
}
