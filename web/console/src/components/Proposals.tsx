import { AutoComplete, type AutoCompleteProps } from 'antd';
import { useState } from 'react';

/**
 * A text field with proposals, which are seen only while somebody is in the field.
 *
 * Left to itself the field also opens them when they arrive after it was left, over whatever lies below it.
 */
export function Proposals({ onBlur, ...props }: AutoCompleteProps<string>) {
  const [open, setOpen] = useState(false);
  return <AutoComplete {...props} open={open} onOpenChange={setOpen} onBlur={(event) => { setOpen(false); onBlur?.(event); }} />;
}
