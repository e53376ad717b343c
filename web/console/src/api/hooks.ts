import { keepPreviousData, useMutation, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';

import { call, type Answer, type Asked, type Problem } from './client';
import type { paths } from './schema';

type Choice = { enabled?: boolean; every?: number; keep?: boolean };

function reading<P extends keyof paths>(path: P, asked: Asked<P, 'get'>) {
  return {
    queryKey: [path, asked.path ?? null, asked.query ?? null],
    queryFn: () => call('get', path, asked),
  };
}

/** Begin to read an address before anything on the page asks for it. */
export function readAhead<P extends keyof paths>(client: QueryClient, path: P, asked: Asked<P, 'get'> = {}) {
  return client.fetchQuery<Answer<P, 'get'>, Problem>(reading(path, asked));
}

/** Read an address. `every` polls while the page is visible, `keep` shows old rows while new ones load. */
export function useGet<P extends keyof paths>(path: P, asked: Asked<P, 'get'> = {}, choice: Choice = {}) {
  return useQuery<Answer<P, 'get'>, Problem>({
    ...reading(path, asked),
    enabled: choice.enabled ?? true,
    refetchInterval: choice.every,
    placeholderData: choice.keep ? keepPreviousData : undefined,
  });
}

/** Write to an address, then read again what the write may have changed. */
export function useSend<P extends keyof paths, M extends 'post' | 'put' | 'patch' | 'delete'>(
  method: M,
  path: P,
  stale: (keyof paths)[] = [],
) {
  const client = useQueryClient();
  return useMutation<Answer<P, M>, Problem, Asked<P, M>>({
    mutationFn: (asked) => call(method, path, asked),
    onSuccess: async () => {
      await Promise.all(stale.map((key) => client.invalidateQueries({ queryKey: [key] })));
    },
  });
}
