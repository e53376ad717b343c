import { useQueryClient } from '@tanstack/react-query';
import { createContext, use, useCallback, useMemo, type ReactNode } from 'react';

import { call, holdToken, type Schemas } from './api/client';
import { useGet } from './api/hooks';

export type Session = Schemas['SessionOut'];

type Held = {
  session: Session;
  may: (permission: string) => boolean;
  replace: (session: Session) => void;
  logOut: () => Promise<void>;
};

const SESSION = '/api/session';
const SessionContext = createContext<Held | null>(null);

export function useSession(): Held {
  const held = use(SessionContext);
  if (!held) throw new Error('useSession needs a SessionProvider above it');
  return held;
}

/** Holds who is logged in; shows `waiting` until the server has answered, `failed` if it does not. */
export function SessionProvider(props: {
  children: ReactNode;
  waiting: ReactNode;
  failed: (again: () => void) => ReactNode;
}) {
  const client = useQueryClient();
  const { data, error, refetch } = useGet(SESSION);
  if (data) holdToken(data.csrf_token);

  const replace = useCallback(
    (session: Session) => {
      holdToken(session.csrf_token);
      client.setQueryData([SESSION, null, null], session);
      // Not `clear`: it would part this provider from the query that it watches.
      client.removeQueries({ predicate: (query) => query.queryKey[0] !== SESSION });
    },
    [client],
  );
  const logOut = useCallback(async () => {
    await call('post', '/api/logout');
    replace(await call('get', SESSION));
  }, [replace]);

  const held = useMemo<Held | null>(
    () =>
      data
        ? { session: data, may: (wanted) => (data.permissions ?? []).includes(wanted), replace, logOut }
        : null,
    [data, replace, logOut],
  );
  if (!held) return error ? props.failed(() => void refetch()) : props.waiting;
  return <SessionContext value={held}>{props.children}</SessionContext>;
}
