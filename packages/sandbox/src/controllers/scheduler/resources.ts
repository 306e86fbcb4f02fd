import { parseQuantity } from "../../kube/index.ts"
import type { Container, Node, Pod } from "../../kube/types.gen.ts"

/** Amounts by resource name, in thousandths of a millionth; a pod takes one of `pods`. */
type Amounts = ReadonlyMap<string, bigint>

const POD: Amounts = new Map([["pods", parseQuantity("1").nano]])

/** What a pod asks for: its containers together, or its largest init container if that is more. */
export function requests({ spec }: Pod): Amounts {
  const inits = spec?.initContainers ?? []
  const sidecars = inits.filter(({ restartPolicy }) => restartPolicy === "Always")
  const together = [...(spec?.containers ?? []), ...sidecars].map(asked).reduce(sum, POD)
  const largest = inits.map(asked).reduce((a, b) => merged(a, b, (x, y) => (x > y ? x : y)), together)
  return sum(largest, amounts(spec?.overhead))
}

export function allocatable({ status }: Node): Amounts {
  return amounts(status?.allocatable ?? status?.capacity)
}

/** `Insufficient cpu`, … for what is not left beside the pods that are there. */
export function shortages(wanted: Amounts, pods: readonly Pod[], room: Amounts): string[] {
  const used = pods.map(requests).reduce(sum, new Map())
  return [...wanted]
    .filter(([name, amount]) => amount > 0n && (used.get(name) ?? 0n) + amount > (room.get(name) ?? 0n))
    .map(([name]) => (name === "pods" ? "Too many pods" : `Insufficient ${name}`))
}

function asked({ resources }: Container): Amounts {
  return amounts(resources?.requests)
}

function amounts(quantities: Readonly<Record<string, number | string>> = {}): Amounts {
  return new Map(Object.entries(quantities).map(([name, quantity]) => [name, parseQuantity(String(quantity)).nano]))
}

const sum = (a: Amounts, b: Amounts): Amounts => merged(a, b, (x, y) => x + y)

function merged(a: Amounts, b: Amounts, join: (x: bigint, y: bigint) => bigint): Amounts {
  return new Map(
    [...new Set([...a.keys(), ...b.keys()])].map((name) => [name, join(a.get(name) ?? 0n, b.get(name) ?? 0n)]),
  )
}
