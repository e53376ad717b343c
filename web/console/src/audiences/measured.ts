import { useEffect, useState } from 'react';

import { call, type Schemas } from '../api/client';
import { useSay } from '../components/Failure';

export type Where = Schemas['CountIn']['where'];
export type Measured = {
  count: Schemas['Count'] | null;
  portrait: Schemas['AudiencePortrait'] | null;
  problem: string;
  isBusy: boolean;
};
const NOTHING: Measured = { count: null, portrait: null, problem: '', isBusy: false };
const PAUSE = 150;

/** Count a condition while it is being edited, and describe its people a moment after. */
export function useMeasured(where: Where, exclude: string[], isSound: boolean): Measured {
  const say = useSay();
  const [measured, setMeasured] = useState<Measured>(NOTHING);
  const text = JSON.stringify({ where, exclude });
  useEffect(() => {
    if (!isSound) return setMeasured((old) => ({ ...old, isBusy: false }));
    const ending = new AbortController();
    const { signal } = ending;
    setMeasured((old) => ({ ...old, isBusy: true }));
    const timer = setTimeout(async () => {
      const body = JSON.parse(text) as Schemas['CountIn'];
      try {
        const count = await call('post', '/api/audiences/count', { body, signal });
        if (!signal.aborted) setMeasured((old) => ({ ...old, count, problem: '', isBusy: false }));
        const portrait = await call('post', '/api/audiences/portrait', { body, signal });
        if (!signal.aborted) setMeasured((old) => ({ ...old, portrait }));
      } catch (error) {
        if (!signal.aborted) setMeasured({ ...NOTHING, problem: say(error) });
      }
    }, PAUSE);
    return () => {
      clearTimeout(timer);
      ending.abort();
    };
    // `say` changes with the language only, which is no reason to count again.
  }, [text, isSound]);
  return measured;
}
