// How WeChat says a mini-program was opened: the scenes that a shop can bring about, by kind, less 1000.
const KINDS: Record<string, string> = {
  share: '7,8,36,44,73,74,154,155',
  qr: '11,12,13,31,32,47,48,49',
  official_account: '20,35,43,58,82,91,102,144',
  message: '14,107',
  search: '5,6,27,42,53,106',
  ad: '45,46,67,84,95',
  mini_program: '37',
  app: '69',
  payment: '34',
  video_channel: '175,176,177,184,191,193',
};

/** Return the medium of a scene; undefined for those that are visits of one's own accord. */
export function mediumOf(scene: number | undefined): string | undefined {
  return Object.keys(KINDS).find((kind) => KINDS[kind].split(',').indexOf(`${scene! - 1000}`) >= 0);
}
