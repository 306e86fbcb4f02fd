/** What a match makes of a template: `$1`, `$name` and `${1}` stand for groups, `$$` for itself; `$1x` is the group `1x` (Go, `regexp.Expand`). */
export const expand = (template: string, match: RegExpExecArray): string =>
  template.replace(/\$(?:(\$)|\{(\w+)\}|(\w+))/g, (_, dollar?: string, braced?: string, plain?: string) => {
    if (dollar !== undefined) return "$"
    const name = braced ?? plain ?? ""
    return (/^\d+$/.test(name) ? match[Number(name)] : match.groups?.[name]) ?? ""
  })
