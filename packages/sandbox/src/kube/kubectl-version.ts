const OLDEST_MINOR = 31

/** The oldest kubectl that streams over WebSockets without being told to; the real server takes older ones too. */
export const OLDEST_KUBECTL = `1.${OLDEST_MINOR}`

/** What to tell a kubectl that is too old, by its User-Agent. It prints each warning once for a command. */
export function adviceForKubectl(userAgent: string | undefined): string | undefined {
  const minor = /^kubectl\S*\/v1\.(\d+)/.exec(userAgent ?? "")?.[1]
  if (minor === undefined || Number(minor) >= OLDEST_MINOR) return undefined
  return `kubectl 1.${minor} is too old for this server: exec, attach, cp and port-forward do not work with it; install kubectl ${OLDEST_KUBECTL} or newer`
}
