import type { ReactNode } from 'react';

/** One fact of a list of facts. */
export function FactRow(props: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </>
  );
}
