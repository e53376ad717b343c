/** Return 32 random hexadecimal digits. */
export function newId(random: () => number): string {
  return '0'.repeat(32).replace(/0/g, () => ((random() * 16) | 0).toString(16));
}
