import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';

import { Failure } from './Failure';
import { PageSkeleton } from './PageSkeleton';

/** Shows a skeleton while waiting, what went wrong if it did, and else the answer. */
export function Loaded<T>(props: { query: UseQueryResult<T>; children: (data: T) => ReactNode }) {
  const { data, error, refetch } = props.query;
  if (data !== undefined) return <>{props.children(data)}</>;
  if (error) return <Failure error={error} again={() => void refetch()} />;
  return <PageSkeleton />;
}
