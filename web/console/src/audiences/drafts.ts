import type { Tree } from '../conditions';

/** What was written and not saved: kept in this browser until it is saved or thrown away. */
export type Draft = { where: Tree; version: string | null };

const addressOf = (name: string) => `zhiyin.audience.${name}`;

/** The draft of an audience; none where the file has changed since it was begun. */
export function draftOf(name: string, version: string | undefined): Draft | null {
  try {
    const draft = JSON.parse(localStorage.getItem(addressOf(name)) ?? 'null') as Draft | null;
    return draft && draft.version === (version ?? null) ? draft : null;
  } catch {
    return null;
  }
}

export function keepDraft(name: string, draft: Draft): void {
  try {
    localStorage.setItem(addressOf(name), JSON.stringify(draft));
  } catch {
    // A browser that keeps nothing still lets people edit and save.
  }
}

export function dropDraft(name: string): void {
  localStorage.removeItem(addressOf(name));
}
