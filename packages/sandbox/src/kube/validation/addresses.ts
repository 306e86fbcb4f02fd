import { isIP, isIPv4 } from "node:net"
import type { Rule } from "./names.ts"

export const ipAddress: Rule = (value) =>
  isIP(value) === 0 ? ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"] : []

export const cidr: Rule = (value) => {
  const [address = "", bits = "", ...rest] = value.split("/")
  const most = isIPv4(address) ? 32 : 128
  const valid = isIP(address) !== 0 && /^\d+$/.test(bits) && Number(bits) <= most && rest.length === 0
  return valid ? [] : ["must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"]
}

/** An address that other machines can reach: not unspecified, loopback or link-local. */
export const reachable: Rule = (value) => [
  ...(value === "0.0.0.0" || value === "::" ? [`may not be unspecified (${value})`] : []),
  ...(value.startsWith("127.") || value === "::1" ? ["may not be in the loopback range (127.0.0.0/8, ::1/128)"] : []),
  ...(value.startsWith("169.254.") || /^fe[89ab]/i.test(value)
    ? ["may not be in the link-local range (169.254.0.0/16, fe80::/10)"]
    : []),
  ...(value.startsWith("224.0.0.") || /^ff[01]2/i.test(value)
    ? ["may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"]
    : []),
]
