import type { Groups } from "./submatches.ts"

/** `$1`, `$name` and `${1}` stand for groups, `$$` for itself (Go, regexp.Expand). A name is as long as it can be: `$1x` is one. */
export const expand = (template: string, groups: Groups): string =>
  template.replace(
    /\$(?:(\$)|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu,
    (_, dollar?: string, braced?: string, plain?: string) => dollar ?? groups(braced ?? plain ?? "") ?? "",
  )
