/** The characters of generated names: no vowels, so no words; none that look alike. */
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
const RANDOM_LENGTH = 5
const LONGEST_BASE = 63 - RANDOM_LENGTH

export function generatedName(base: string, random: () => number): string {
  let suffix = ""
  for (let count = 0; count < RANDOM_LENGTH; count += 1)
    suffix += ALPHABET[Math.floor(random() * ALPHABET.length)] ?? ""
  return base.slice(0, LONGEST_BASE) + suffix
}
