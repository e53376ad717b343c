import { useCallback } from 'react';
import { useSearchParams } from 'react-router-dom';

/** Filters live in the address: back, forward and a shared link work. An empty value leaves it. */
export function useFilters() {
  const [params, setParams] = useSearchParams();
  const get = useCallback((name: string) => params.get(name) ?? '', [params]);
  const set = useCallback(
    (changes: Record<string, string | number | undefined>, choice: { replace?: boolean } = {}) =>
      setParams(
        (old) => {
          const next = new URLSearchParams(old);
          for (const [name, value] of Object.entries(changes)) {
            if (value === undefined || value === '') next.delete(name);
            else next.set(name, String(value));
          }
          return next;
        },
        { replace: choice.replace },
      ),
    [setParams],
  );
  return { get, set, params };
}
