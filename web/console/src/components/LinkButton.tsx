import { Button, type ButtonProps } from 'antd';
import { useHref, useLinkClickHandler } from 'react-router-dom';

/** A button that is a link: it opens in a new tab like any other. */
export function LinkButton({ to, ...rest }: ButtonProps & { to: string }) {
  const click = useLinkClickHandler<HTMLElement>(to);
  return <Button {...rest} href={useHref(to)} onClick={(event) => click(event as never)} />;
}
