import type { Random } from "./random.ts"

/** Queries with a bit of everything, from which others are made. */
const queries = [
  'sum by (job, code) (rate(http_requests_total{job=~"api.*", code!="200"}[5m] offset 1m)) / ignoring(code) group_left() sum(x)',
  "histogram_quantile(0.99, sum by (le) (rate(latency_bucket[5m:30s] @ end())))",
  'label_replace(up{instance="a"}, "x", "$1", "y", "(.*)") and on(x) vector(1) or absent(nothing)',
  "topk(3, a) by (b) > bool 5 unless on() c offset -1h30m",
  '{"dotted.name", "a.b"!~"[a-z]+\\\\d", c=`raw`} @ 1.5e3',
  "-2 ^ 3 ^ 2 + 0x1F % Inf - NaN atan2 .5",
  "max_over_time(deriv(rate(d_total[5s])[30s:5s])[10m:])",
  'count_values without (a) ("v", b) == quantile(scalar(c), d)',
  "rate(a[5m] anchored) + fill(0) rate(b[step() * 2] smoothed)",
  "a </ 5 >/ -3",
  "'single\\'quoted' \"\\u00e4\\x41\\101\"",
  "limit_ratio(-0.5, a{}) # a comment",
  'info(a, {b="c"}) offset (1m + 30s * 2) @ start()',
  "sum(((((a))))) without () + on(b, c) group_right(d, e) f{g='h',}",
]
const tokens = [
  ..."( ) { } [ ] , : ; + - * / % ^ == != >= <= > < = =~ !~ ! @ # $ </ >/ . _".split(" "),
  ..."and or unless atan2 offset by without on ignoring group_left group_right bool anchored smoothed".split(" "),
  ..."fill fill_left fill_right start end step range min_of max_of sum topk quantile count_values limitk".split(" "),
  ..."rate abs time scalar vector label_replace histogram_quantile info Inf NaN inf nan".split(" "),
  ..."0 1 0.5 .5 5. 1e3 1e 0x 0xff 1_000 1__0 08 5m 1h30m 1m1h 5x 100y".split(" "),
  ..."a up job:x:rate __name__ le".split(" "),
  '"s"',
  "'s'",
  "`s`",
  '"',
  "'",
  "`",
  '"\\x',
  '"\\"',
  "\n",
  "\t",
  "\r",
  "\u00a0",
  "ä",
  "日本",
  "\ud800",
  "\u0000",
]

/** A text that may be a query: random characters, random words of the language, or a query that was damaged. */
export function randomInput(random: Random): string {
  switch (random.integer(3)) {
    case 0:
      return many(random, 60, () => character(random)).join("")
    case 1:
      return many(random, 40, () => random.pick(tokens)).join(random.pick(["", " ", " "]))
    default:
      return damaged(random)
  }
}

const many = <T>(random: Random, most: number, one: () => T): T[] =>
  Array.from({ length: random.integer(most + 1) }, one)

function character(random: Random): string {
  if (random.chance(0.9)) return String.fromCharCode(32 + random.integer(95))
  if (random.chance(0.5)) return String.fromCharCode(random.integer(32))
  // Lone surrogates are among them.
  return random.chance(0.8)
    ? String.fromCharCode(random.integer(0x10000))
    : String.fromCodePoint(random.integer(0x110000))
}

function damaged(random: Random): string {
  let text = random.pick(queries)
  for (let left = 1 + random.integer(4); left > 0; left -= 1) text = damage(random, text)
  return text
}

function damage(random: Random, text: string): string {
  const [from, to] = [random.integer(text.length + 1), random.integer(text.length + 1)].sort((a, b) => a - b)
  const [before, middle, after] = [text.slice(0, from), text.slice(from, to), text.slice(to ?? 0)]
  switch (random.integer(8)) {
    case 0:
      return before + after
    case 1:
      return before + random.pick(tokens) + middle + after
    case 2:
      return text.slice(0, from) + character(random) + text.slice((from ?? 0) + 1)
    case 3:
      return before + middle + middle + after
    case 4:
      return before + random.pick(queries).slice(random.integer(20)) + after
    case 5:
      return after + middle + before
    case 6:
      return before
    default:
      // Deep nesting and long chains.
      return (
        before +
        random
          .pick(["(", "-", "sum(", "a+", "a[", "{", "a^", "1 or ", "[1m:]", '"'] as const)
          .repeat(random.integer(3_000)) +
        middle +
        after
      )
  }
}
