const key = "serin-token"

/**
 * The token comes in the link's fragment (`#token=…`), which browsers do not send to any server; it is kept for this tab
 * and taken out of the address.
 */
export function takeToken(): string | undefined {
  const given = new URLSearchParams(location.hash.slice(1)).get("token")
  if (given !== null) {
    sessionStorage.setItem(key, given)
    history.replaceState(null, "", location.pathname + location.search)
  }
  return sessionStorage.getItem(key) ?? undefined
}

export function keepToken(token: string): void {
  sessionStorage.setItem(key, token)
}

export function forgetToken(): void {
  sessionStorage.removeItem(key)
}
