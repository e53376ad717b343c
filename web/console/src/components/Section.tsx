import { Card } from 'antd';
import type { ReactNode } from 'react';

/** A titled box of a page. */
export function Section(props: {
  title?: ReactNode;
  extra?: ReactNode;
  children: ReactNode;
  flush?: boolean;
  className?: string;
}) {
  return (
    <Card
      size="small"
      variant="outlined"
      className={`section ${props.flush ? 'flush' : ''} ${props.className ?? ''}`}
      title={props.title && <h2>{props.title}</h2>}
      extra={props.extra}
    >
      {props.children}
    </Card>
  );
}
