import { Empty, Typography } from 'antd';
import type { ReactNode } from 'react';

/** An empty place that says what to do next, with the command that does it. */
export function NextStep(props: { text: string; command?: string; children?: ReactNode }) {
  return (
    <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={<span className="muted">{props.text}</span>}>
      {props.command && (
        <Typography.Text code copyable className="command">
          {props.command}
        </Typography.Text>
      )}
      {props.children}
    </Empty>
  );
}
