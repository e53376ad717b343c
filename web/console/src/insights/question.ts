import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import { call, type Answer, type Problem } from '../api/client';
import type { paths } from '../api/schema';
import { useFilters } from '../components/query';

/** A condition on a property of an event: its name, and operators with their values. */
export type Where = { property: string } & Record<string, unknown>;
export type Step = { event?: string; where?: Where[]; first_ever?: boolean };
export type Days = { last?: number; since?: string; until?: string };
export type Point = Record<string, unknown>;

const without = <T extends object>(spec: T): T =>
  Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined)) as T;

/** A page's question, kept in its address; `usual` is asked where the address holds none. */
export function useQuestion<S extends object>(usual: S | undefined) {
  const { get, set } = useFilters();
  const written = get('q');
  const spec = useMemo(() => read<S>(written) ?? usual, [written, usual]);
  const change = (changes: Partial<S>) => {
    const next = JSON.stringify(without({ ...spec, ...changes }));
    set({ q: next === JSON.stringify(usual) ? '' : next });
  };
  return { spec, change };
}

function read<S>(written: string): S | undefined {
  try {
    const found: unknown = JSON.parse(written);
    return found && typeof found === 'object' && !Array.isArray(found) ? (found as S) : undefined;
  } catch {
    return undefined;
  }
}

type Asking = Extract<keyof paths, `/api/insights/${string}`>;

/** An answer with the question that it answers, which may be the one before the newest. */
export type Told<A, S> = { answer: A; spec: S };

/** Whether the first of some days is not after the last. */
export const isInOrder = ({ since, until }: Days): boolean => !since || !until || since <= until;

/** Ask the server; nothing is asked without a question, or of days in no order. The last answer stays until the next. */
export function useAnswer<P extends Asking, S extends object>(path: P, spec: S | undefined) {
  return useQuery<Told<Answer<P, 'post'>, S>, Problem>({
    queryKey: [path, spec],
    queryFn: async ({ signal }) => ({ answer: await call('post', path, { body: { spec }, signal } as never), spec: spec as S }),
    enabled: spec !== undefined && isInOrder((spec as { days?: Days }).days ?? {}),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
}

/** A step with its finished conditions only, so that a half-written one asks nothing. */
export function asked(step: Step): Step {
  const where = (step.where ?? []).filter(isFinished);
  return without({ ...step, event: step.event || undefined, where: where.length ? where : undefined });
}

function isFinished({ property, ...terms }: Where): boolean {
  const values = Object.values(terms);
  const isGiven = (value: unknown) =>
    value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0);
  return property !== '' && values.length > 0 && values.every(isGiven);
}
