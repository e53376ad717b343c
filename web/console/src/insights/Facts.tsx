import type { ReactNode } from 'react';

/** A strip of the few figures that an answer comes down to. */
export function Facts({ children }: { children: ReactNode }) {
  return <div className="kpis four">{children}</div>;
}

export function Fact({ name, value, foot }: { name: string; value: ReactNode; foot?: ReactNode }) {
  return (
    <div className="kpi">
      <div className="kpi-name">{name}</div>
      <div className="kpi-value">{value}</div>
      {foot && <div className="kpi-delta muted">{foot}</div>}
    </div>
  );
}
