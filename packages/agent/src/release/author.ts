import type { Person } from "../api/services.ts"

/** A person as a commit's author. Kubernetes knows names, not addresses; one that is an address is taken as such. */
export function authorOf(person: Person): { readonly name: string; readonly email: string } {
  const name = person.name.replaceAll(/[<>\n]/g, "").trim() || "unknown"
  const isAddress = /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(name)
  return { name, email: isAddress ? name : "noreply@serin.dev" }
}

export function causeOf(person: Person): string {
  return `user ${person.name}`
}
